// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/client_settings.hpp"
#include "aws/providers/sso_settings.hpp"
#include "aws/providers/sso_token.hpp"
#include "aws/providers/wall_clock.hpp"

#include <memory>
#include <optional>
#include <string>

namespace dsql::detail {

struct fetch_context;

/// When a session's token was last to be refreshed, and why that failed. It outlives the objects
/// that are made for one fetch each.
struct sso_refresh_state {
    std::optional<std::chrono::system_clock::time_point> last_attempt{};
    std::string last_failure{};
};

/// The bearer token of one SSO session. The file is read each time, so that an `aws sso login`
/// elsewhere helps at once. A token of an sso-session with at most 5 minutes left is refreshed with
/// the OIDC service, not more often than every 30 seconds, and written back; a legacy one is not.
/// For one thread at a time.
/// Source: AWS SDKs and Tools Reference Guide, "IAM Identity Center credential provider"; AWS IAM
/// Identity Center OIDC API Reference, "CreateToken".
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
