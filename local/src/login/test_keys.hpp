// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// Whom the test keys stand for, in the words of the errors. AWS IAM GRANT lets them in whatever
/// ARN it names.
constexpr std::string_view test_identity = "arn:aws:iam::000000000000:user/dsql-local";

/// The one identity this endpoint lets in. The defaults open nothing anywhere else.
/// The session token holds `+`, `/` and `=` so that every login exercises percent-encoding.
struct test_keys {
    std::string access_key_id = "AKIADSQLLOCALEXAMPLE";
    std::string secret_access_key = "dsql-local/not+a+real/secret/EXAMPLEKEY";
    std::optional<std::string> session_token = "dsql-local/not+a+real/session+token/EXAMPLE==";
    std::string region = "us-east-1";
};

}  // namespace dsql_local
