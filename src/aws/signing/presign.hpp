// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/digest.hpp"
#include "base/utc_time.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace dsql::aws {

/// Derives the SigV4 signing key for one day, region and service:
/// HMAC(HMAC(HMAC(HMAC("AWS4" + secret, day), region), service), "aws4_request").
/// Source: AWS, "Create a signed AWS API request", step 3.
[[nodiscard]] detail::hmac_sha256_key derive_signing_key(std::string_view secret_access_key,
                                                         std::string_view day,
                                                         std::string_view region,
                                                         std::string_view service);

/// The data that a token is made of. The members are views: the caller must keep the texts alive.
struct token_claims {
    std::string_view host{};  ///< lower case, no port
    std::string_view region{};
    std::string_view action{};  ///< DbConnect or DbConnectAdmin
    std::string_view access_key_id{};
    std::string_view session_token{};  ///< empty for keys that have none
    std::chrono::seconds expires{};
};

/// Returns a token: the URL of a SigV4 presigned GET request for `/`, without the scheme and with
/// the parameters in botocore's order. `key` is the signing key for the day of `date`, the region
/// and the service "dsql".
/// Source: AWS, "Authenticating requests: using query parameters (AWS Signature Version 4)".
[[nodiscard]] std::string presign_token(const token_claims& claims, const detail::amz_date& date,
                                        const detail::hmac_sha256_key& key);

}  // namespace dsql::aws
