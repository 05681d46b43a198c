// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/http/http_client.hpp"

#include <chrono>
#include <string_view>

namespace dsql::detail {

/// Signs a request in its headers, for any service but S3: sets Host, X-Amz-Date, Authorization
/// and, with temporary keys, X-Amz-Security-Token, in place of what the request has of them. Signed
/// are these, Content-Type, every other X-Amz header and the body; nothing else, because a proxy
/// may change it. Path and query of the URL are percent-encoded already, as they are sent.
/// The request must be sent within 5 minutes of `at`.
/// Source: AWS, "Create a signed AWS API request" (Signature Version 4).
void sign_request(http_request& request, const credentials& keys, std::string_view region,
                  std::string_view service, std::chrono::system_clock::time_point at);

}  // namespace dsql::detail
