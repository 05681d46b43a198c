// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/json.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace dsql::detail {

/// A session of `aws login` as it lies in a file: temporary credentials, and what renews them. Its
/// secrets are wiped with it.
struct login_token {
    std::string access_key_id{};
    std::string secret_access_key{};
    std::string session_token{};
    std::string account_id{};
    std::chrono::system_clock::time_point expires_at{};
    std::string client_id{};
    std::string refresh_token{};
    /// An EC P-256 private key in PEM.
    std::string dpop_key{};
    /// The whole file: members that mean nothing here are kept when it is written again.
    secret_json document{nullptr};

    login_token() = default;
    login_token(const login_token&) = delete;
    login_token& operator=(const login_token&) = delete;
    login_token(login_token&&) noexcept = default;
    login_token& operator=(login_token&&) noexcept = default;
    ~login_token();
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
