// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/signing/sha256.hpp"
#include "aws/utc_time.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace dsql::detail {

/// What a token says. Views: the caller keeps what they point to.
struct token_claims {
    std::string_view host{};  ///< lower case, no port
    std::string_view region{};
    std::string_view action{};  ///< DbConnect or DbConnectAdmin
    std::string_view access_key_id{};
    std::string_view session_token{};  ///< empty: left out
    std::chrono::seconds expires{};
};

/// Signs a token: a SigV4 presigned GET request for `/` without its scheme, with the parameters in
/// botocore's order. `key` is the signing key for `date`'s day, the region and "dsql".
/// Source: AWS, "Authenticating requests: using query parameters (AWS Signature Version 4)".
[[nodiscard]] std::string presign_token(const token_claims& claims, const amz_date& date,
                                        const hmac_sha256_key& key);

}  // namespace dsql::detail
