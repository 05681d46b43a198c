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

namespace dsql::detail {

/// What a profile says about IAM Identity Center ("SSO").
/// Source: AWS SDKs and Tools Reference Guide, "IAM Identity Center credential provider".
struct sso_settings {
    /// Name of the [sso-session] section; empty for the legacy form without one.
    std::string session_name{};
    std::string start_url{};  ///< `sso_start_url`
    std::string region{};     ///< `sso_region`: of the services asked, not of the database
    std::string account_id{};
    std::string role_name{};
    /// Name of the profile, for messages; empty when there is none.
    std::string profile{};
    /// For one request, from the first packet to the last.
    std::chrono::milliseconds request_timeout{10'000};
};

/// What a person has to do about a token: "run `aws sso login --profile NAME`".
[[nodiscard]] std::string sso_remedy(const sso_settings& settings);

/// The bearer token of an SSO session as `aws sso login` leaves it in a file.
struct sso_token {
    secret_string access_token{};
    std::chrono::system_clock::time_point expires_at{};
    /// What a refresh needs; empty where the file has none.
    std::string client_id{};
    secret_string client_secret{};
    secret_string refresh_token{};
    std::optional<std::chrono::system_clock::time_point> registration_expires_at{};
    /// The whole file: members that mean nothing here are kept when it is written again.
    secret_json document = nullptr;
};

/// "~/.aws/sso/cache/" + SHA-1 + ".json" of the session's name, or of the start URL in the
/// legacy form, with the home directory in place. Throws `credentials_error` when there is
/// none.
[[nodiscard]] std::string sso_token_path(std::string_view name_or_url);

/// Reads the file. Throws `unrecoverable_credentials_error`, with path and `remedy`, when it is
/// missing or lacks what a token needs.
[[nodiscard]] sso_token read_sso_token(const std::string& path, std::string_view remedy);

struct fetch_context;

/// When a session's token was last to be refreshed, and why that failed. It outlives the
/// objects that are made for one fetch each.
struct sso_refresh_state {
    std::optional<std::chrono::system_clock::time_point> last_attempt{};
    std::string last_failure{};
};

/// The bearer token of one SSO session. The file is read each time, so that an `aws sso login`
/// elsewhere helps at once. A token of an sso-session with at most 5 minutes left is refreshed
/// with the OIDC service, not more often than every 30 seconds, and written back; a legacy one
/// is not. For one thread at a time. Source: AWS SDKs and Tools Reference Guide, "IAM Identity
/// Center credential provider"; AWS IAM Identity Center OIDC API Reference, "CreateToken".
class sso_token_provider {
public:
    sso_token_provider(sso_settings settings, client_settings client, wall_clock clock,
                       std::shared_ptr<sso_refresh_state> state);

    /// A token that has not expired. Throws `unrecoverable_credentials_error`, which says what
    /// login command helps, when there is none.
    [[nodiscard]] sso_token get(const fetch_context& context);

    /// What went wrong beside it in `get`; empty for nothing.
    [[nodiscard]] const std::string& remark() const noexcept { return remark_; }

private:
    // Why no refresh is to be tried; empty when one is.
    std::string obstacle(const sso_token& token) const;
    // Refreshes; the reason when that failed.
    std::string try_refresh(const std::string& path, sso_token& token,
                            const fetch_context& context);
    void refresh(sso_token& token, const fetch_context& context) const;

    const sso_settings settings_;
    const client_settings client_;
    const wall_clock clock_;
    const std::shared_ptr<sso_refresh_state> state_;
    std::string remark_{};
};

}  // namespace dsql::detail
