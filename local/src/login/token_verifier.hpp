// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/amz_time.hpp"
#include "login/test_keys.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// One attempt to log in, as the network brought it.
struct login_attempt {
    std::string_view token;
    std::string_view user;
    std::string_view server_name;  ///< the SNI of the TLS handshake
};

/// Checks a token as Amazon Aurora DSQL does, `now` being the endpoint's clock. Takes the form of
/// every AWS SDK: a URL presigned by Signature Version 4, without its scheme, with or without the
/// slash before the question mark (Go and Kotlin have none), the parameters in any order.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
/// Gives std::nullopt when the login is good, else the cause, fit for the HINT of the refusal: it
/// never holds the token, the secret key or the session token.
/// Pure, and safe from any thread.
std::optional<std::string> find_token_fault(const test_keys& keys, const login_attempt& attempt,
                                            seconds_point now);

}  // namespace dsql_local
