// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "login/sigv4.hpp"
#include "login/test_keys.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// What a client sent to log in.
struct login_attempt {
    std::string_view token;
    std::string_view user;
    std::string_view server_name;  ///< the SNI of the TLS handshake
};

/// Checks a token as Aurora DSQL does. `now` is the time of the endpoint's clock. Accepts the
/// tokens of all AWS SDKs: a URL presigned with Signature Version 4, without the scheme, with or
/// without the slash before the question mark (the SDKs for Go and Kotlin omit it), the parameters
/// in any order. Source:
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html Returns std::nullopt
/// if the token is valid, else the text for the HINT of the error. The text never contains the
/// token, the secret key or the session token. Thread-safe.
std::optional<std::string> find_token_error(const test_keys& keys, const login_attempt& attempt,
                                            seconds_point now);

}  // namespace dsql_local
