// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/providers/foreign_function.hpp"
#include "aws/providers/profile/profile_base.hpp"
#include "aws/providers/source.hpp"

#include <string>
#include <utility>

namespace dsql::detail {

/// The credentials that a profile of the shared files describes: its base, and the roles assumed on
/// top of it. The files are read at each fetch. Throws `source_not_configured` for a profile that
/// holds nothing about credentials, and for a default profile that is not there and that nobody
/// named.
class profile_source final : public credentials_source {
public:
    /// An empty `profile` is the one that the environment selects, else "default".
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
    const foreign_function<std::string> mfa_code_;  // shares the calls of all fetches
    sso_refresh_states sso_states_;
};

}  // namespace dsql::detail
