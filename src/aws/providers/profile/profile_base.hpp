// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/http/client_settings.hpp"
#include "aws/profiles/profile_chain.hpp"
#include "aws/profiles/shared_files.hpp"
#include "aws/providers/login/sso_token.hpp"
#include "aws/providers/source.hpp"

#include <map>
#include <memory>
#include <string>

namespace dsql::detail {

/// The state of each SSO session, by its name or start URL.
using sso_refresh_states = std::map<std::string, std::shared_ptr<sso_refresh_state>>;

/// What a profile's sources take from around it. It refers to what it is made of.
struct profile_surroundings {
    const shared_files& files;
    const std::string& profile;  ///< the selected one: its settings hold for the whole chain
    const profile_options& options;
    sso_refresh_states& sso_states;

    /// Read only where a service is asked: a bad setting must not stand in the way of plain keys.
    [[nodiscard]] client_settings client() const {
        return read_client_settings(files, profile, options.region);
    }
};

/// The source of a chain's base. Throws `credentials_error` for settings that cannot be used.
[[nodiscard]] std::unique_ptr<credentials_source> make_base_source(
    const profile_chain& chain, const profile_surroundings& surroundings);

/// The base in a few words, for people: "profile "b" (SSO)".
[[nodiscard]] std::string describe_base(const profile_chain& chain);

}  // namespace dsql::detail
