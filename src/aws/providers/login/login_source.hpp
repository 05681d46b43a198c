// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/client_settings.hpp"
#include "aws/providers/login/login_token.hpp"
#include "aws/providers/source.hpp"
#include "base/clocks.hpp"

#include <chrono>
#include <string>

namespace dsql::aws {

/// The settings of a profile for a session of `aws login`.
struct login_settings {
    /// `login_session`: the ARN of the user or role that logged in.
    std::string session{};
    /// The name of the profile, for messages; empty when there is none.
    std::string profile{};
    /// The time limit for one request as a whole.
    std::chrono::milliseconds request_timeout{10'000};
};

/// The credentials of an `aws login` (AWS CLI 2.32 and later). The file of the session is read at
/// each fetch. Credentials with at most 5 minutes left are renewed with the sign-in service and
/// written back to the file. A renewal needs `client_settings::region`, unless an endpoint is
/// configured.
/// Source: AWS Sign-In API, "CreateOAuth2Token"; AWS SDKs and Tools Reference Guide, "Login
/// credentials provider".
class login_source final : public credentials_source {
public:
    explicit login_source(login_settings settings, client_settings client = {},
                          detail::wall_clock clock = &std::chrono::system_clock::now);

    [[nodiscard]] std::string name() const override;
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    [[nodiscard]] std::string remedy() const;
    // Renews `token`. An error is ignored as long as valid credentials remain: those of `token`,
    // unless the error is final, or newer ones that another program has written to the file.
    // Returns a remark when the renewed token could not be written to the file.
    std::string renew(const std::string& path, login_token& token,
                      const fetch_context& context) const;
    void create_token(login_token& token, const fetch_context& context) const;

    const login_settings settings_;
    const client_settings client_;
    const detail::wall_clock clock_;
};

}  // namespace dsql::aws
