// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include "aws/http/client_settings.hpp"
#include "aws/json.hpp"
#include "base/clocks.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace dsql::aws {

/// The settings of a profile for IAM Identity Center ("SSO").
/// Source: AWS SDKs and Tools Reference Guide, "IAM Identity Center credential provider".
struct sso_settings {
    /// The name of the [sso-session] section; empty for the legacy form without one.
    std::string session_name{};
    std::string start_url{};  ///< `sso_start_url`
    std::string region{};  ///< `sso_region`: the region of IAM Identity Center, not of the database
    std::string account_id{};
    std::string role_name{};
    /// The name of the profile, for messages; empty when there is none.
    std::string profile{};
    /// The time limit for one request as a whole.
    std::chrono::milliseconds request_timeout{10'000};
};

/// Returns what the user has to do to get a new token, for example "run `aws sso login --profile
/// NAME`".
[[nodiscard]] std::string sso_remedy(const sso_settings& settings);

/// The bearer token of an SSO session, as `aws sso login` writes it to a file.
struct sso_token {
    secret_string access_token{};
    std::chrono::system_clock::time_point expires_at{};
    /// The data that a refresh needs; empty when the file does not contain it.
    std::string client_id{};
    secret_string client_secret{};
    secret_string refresh_token{};
    std::optional<std::chrono::system_clock::time_point> registration_expires_at{};
    /// The whole file, so that members unknown to this library are preserved when it is written.
    secret_json document = nullptr;
};

/// Returns the path of a session's file: ~/.aws/sso/cache/ in the home directory, the SHA-1 digest
/// of the session's name or, in the legacy form, of the start URL, and ".json". Throws
/// `credentials_error` when there is no home directory.
[[nodiscard]] std::string sso_token_path(std::string_view name_or_url);

/// Reads the file of a session. Throws `unrecoverable_credentials_error`, which names the path and
/// `remedy`, when the file is missing or contains no valid token.
[[nodiscard]] sso_token read_sso_token(const std::string& path, std::string_view remedy);

struct fetch_context;

/// The time of the last attempt to refresh the token of a session, and why it failed. It outlives
/// the sources, which are created for one fetch each.
struct sso_refresh_state {
    std::optional<std::chrono::system_clock::time_point> last_attempt{};
    std::string last_failure{};
};

/// Supplies the bearer token of one SSO session. The file is read at each call, so that a new `aws
/// sso login` in another program takes effect at once. A token of an sso-session with at most 5
/// minutes left is refreshed with the OIDC service, at most once in 30 seconds, and written back to
/// the file. A legacy token cannot be refreshed. Not thread-safe. Source: AWS SDKs and Tools
/// Reference Guide, "IAM Identity Center credential provider"; AWS IAM Identity Center OIDC API
/// Reference, "CreateToken".
class sso_token_provider {
public:
    sso_token_provider(sso_settings settings, client_settings client, detail::wall_clock clock,
                       std::shared_ptr<sso_refresh_state> state);

    /// Returns a token that has not expired. Throws `unrecoverable_credentials_error`, which names
    /// the login command to run, when there is none.
    [[nodiscard]] sso_token get(const fetch_context& context);

    /// Returns a remark when `get` could not write a refreshed token to the file; empty otherwise.
    [[nodiscard]] const std::string& remark() const noexcept { return remark_; }

private:
    // Returns why a refresh is not possible; empty when it is.
    std::string obstacle(const sso_token& token) const;
    // Refreshes the token. Returns why that failed; empty when it succeeded.
    std::string try_refresh(const std::string& path, sso_token& token,
                            const fetch_context& context);
    void refresh(sso_token& token, const fetch_context& context) const;

    const sso_settings settings_;
    const client_settings client_;
    const detail::wall_clock clock_;
    const std::shared_ptr<sso_refresh_state> state_;
    std::string remark_{};
};

}  // namespace dsql::aws
