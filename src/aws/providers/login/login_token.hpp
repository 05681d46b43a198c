// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include "aws/json.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace dsql::detail {

/// A session of `aws login` as it lies in a file: temporary credentials, and what renews them.
struct login_token {
    std::string access_key_id{};
    secret_string secret_access_key{};
    secret_string session_token{};
    std::string account_id{};
    std::chrono::system_clock::time_point expires_at{};
    std::string client_id{};
    secret_string refresh_token{};
    /// An EC P-256 private key in PEM.
    secret_string dpop_key{};
    /// The whole file: members that mean nothing here are kept when it is written again.
    secret_json document = nullptr;
};

/// SHA-256 of the session's ARN + ".json" in `AWS_LOGIN_CACHE_DIRECTORY`, else in
/// ~/.aws/login/cache. Throws `credentials_error` when there is no home directory.
[[nodiscard]] std::string login_token_path(std::string_view session);

/// Reads the file. Throws `unrecoverable_credentials_error`, with path and `remedy`, when it is
/// missing or lacks a member, which it names.
[[nodiscard]] login_token read_login_token(const std::string& path, std::string_view remedy);

/// "run `aws login --profile NAME`", for a message: `command` with an option and its value, in
/// quotes where a shell would need them; without the option when the value is empty.
[[nodiscard]] std::string run_command(std::string_view command, std::string_view option,
                                      std::string_view value);

}  // namespace dsql::detail
