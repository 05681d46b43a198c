// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/http/client_settings.hpp"
#include "aws/http/http_client.hpp"
#include "aws/providers/login/sso_token.hpp"
#include "aws/providers/source.hpp"
#include "base/clocks.hpp"

#include <chrono>
#include <memory>
#include <string>

namespace dsql::aws {

/// The credentials of a role in IAM Identity Center, which are fetched with the bearer token of an
/// `aws sso login`.
/// Source: AWS Single Sign-On Portal API Reference, "GetRoleCredentials".
class sso_source final : public credentials_source {
public:
    /// `state` is shared by all objects that use the token of this session. It is not locked: the
    /// caller makes sure that only one thread uses it at a time.
    explicit sso_source(
        sso_settings settings, client_settings client = {},
        detail::wall_clock clock = &std::chrono::system_clock::now,
        std::shared_ptr<sso_refresh_state> state = std::make_shared<sso_refresh_state>());

    [[nodiscard]] std::string name() const override;
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    http_response get_role_credentials(const sso_token& token, const fetch_context& context) const;

    const sso_settings settings_;
    const client_settings client_;
    sso_token_provider tokens_;
};

}  // namespace dsql::aws
