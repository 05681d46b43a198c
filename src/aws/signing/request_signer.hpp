// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/http/http_client.hpp"

#include <chrono>
#include <string_view>

namespace dsql::aws {

/// Signs a request for any AWS service except S3. Sets or replaces the headers Host, X-Amz-Date,
/// Authorization and, for temporary keys, X-Amz-Security-Token. The signature covers Host,
/// Content-Type, all X-Amz headers and the body. It covers no other header, because a proxy may
/// change those. The path and the query of the URL must already be percent-encoded. The service
/// accepts the request within 5 minutes of `at`.
/// Source: AWS, "Create a signed AWS API request" (Signature Version 4).
void sign_request(http_request& request, const credentials& keys, std::string_view region,
                  std::string_view service, std::chrono::system_clock::time_point at);

}  // namespace dsql::aws
