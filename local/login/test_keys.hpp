// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace dsql_local {

/// The one identity this endpoint lets in. The defaults open nothing anywhere else.
/// The session token holds `+`, `/` and `=` so that every login exercises percent-encoding.
struct test_keys {
    std::string access_key_id = "AKIADSQLLOCALEXAMPLE";
    std::string secret_access_key = "dsql-local/not+a+real/secret/EXAMPLEKEY";
    std::optional<std::string> session_token = "dsql-local/not+a+real/session+token/EXAMPLE==";
    std::string region = "us-east-1";
};

}  // namespace dsql_local
