// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/providers/foreign_function.hpp"
#include "aws/providers/profile/profile_base.hpp"
#include "aws/providers/source.hpp"

#include <string>
#include <utility>

namespace dsql::aws {

/// The credentials that a profile of the shared files describes: those of its base, or of the roles
/// that are assumed with them. The files are read at each fetch. A fetch throws
/// `source_not_configured` for a profile that configures no credentials, and when the default
/// profile does not exist and neither the program nor the environment names a profile.
class profile_source final : public credentials_source {
public:
    /// An empty `profile` means the one that the environment selects, otherwise "default".
    profile_source(std::string profile, profile_options options)
        : profile_(std::move(profile)),
          options_(std::move(options)),
          mfa_code_(options_.mfa_code) {}

    [[nodiscard]] std::string name() const override;
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override;

private:
    [[nodiscard]] std::string selected() const;
    [[nodiscard]] fetched_credentials fetch_profile(const fetch_context& context);

    const std::string profile_;
    const profile_options options_;
    const foreign_function<std::string> mfa_code_;  // a fetch can join the call of another
    sso_refresh_states sso_states_;
};

}  // namespace dsql::aws
