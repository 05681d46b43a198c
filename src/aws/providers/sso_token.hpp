// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/secret_json.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace dsql::detail {

/// The bearer token of an SSO session as `aws sso login` leaves it in a file. Its secrets are wiped
/// with it.
struct sso_token {
    std::string access_token{};
    std::chrono::system_clock::time_point expires_at{};
    /// What a refresh needs; empty where the file has none.
    std::string client_id{};
    std::string client_secret{};
    std::string refresh_token{};
    std::optional<std::chrono::system_clock::time_point> registration_expires_at{};
    /// The whole file: members that mean nothing here are kept when it is written again.
    secret_json document{nullptr};

    sso_token() = default;
    sso_token(const sso_token&) = delete;
    sso_token& operator=(const sso_token&) = delete;
    sso_token(sso_token&&) noexcept = default;
    sso_token& operator=(sso_token&&) noexcept = default;
    ~sso_token();
};

/// "~/.aws/sso/cache/" + SHA-1 + ".json" of the session's name, or of the start URL in the legacy
/// form, with the home directory in place. Throws `credentials_error` when there is none.
[[nodiscard]] std::string sso_token_path(std::string_view name_or_url);

/// Reads the file. Throws `unrecoverable_credentials_error`, with path and `remedy`, when it is
/// missing or lacks what a token needs.
[[nodiscard]] sso_token read_sso_token(const std::string& path, std::string_view remedy);

}  // namespace dsql::detail
