// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

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

}  // namespace dsql::detail
