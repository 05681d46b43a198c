// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include "aws/json.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace dsql::aws {

/// The content of the file of an `aws login` session: temporary credentials, and the data that a
/// renewal needs.
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
    /// The whole file, so that members unknown to this library are preserved when it is written.
    secret_json document = nullptr;
};

/// Returns the path of a session's file: the SHA-256 digest of the session's ARN and ".json", in
/// `AWS_LOGIN_CACHE_DIRECTORY`, otherwise in ~/.aws/login/cache. Throws `credentials_error` when
/// there is no home directory.
[[nodiscard]] std::string login_token_path(std::string_view session);

/// Reads the file of a session. Throws `unrecoverable_credentials_error`, which names the path and
/// `remedy`, when the file is missing or invalid; it also names the missing members.
[[nodiscard]] login_token read_login_token(const std::string& path, std::string_view remedy);

/// Returns an instruction for a message, for example "run `aws login --profile NAME`". It consists
/// of `command`, the option and its value, which is quoted if a shell needs that. The option is
/// left out when the value is empty.
[[nodiscard]] std::string run_command(std::string_view command, std::string_view option,
                                      std::string_view value);

}  // namespace dsql::aws
