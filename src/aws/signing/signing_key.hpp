// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/signing/sha256.hpp"

#include <string_view>

namespace dsql::detail {

/// The SigV4 signing key for one day, region and service:
/// HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request").
/// Source: AWS, "Create a signed AWS API request", step 3.
[[nodiscard]] hmac_sha256_key derive_signing_key(std::string_view secret_access_key,
                                                 std::string_view day, std::string_view region,
                                                 std::string_view service);

}  // namespace dsql::detail
