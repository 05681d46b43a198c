// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/credentials.hpp>

#include "aws/http/client_settings.hpp"
#include "aws/providers/login/sso_token.hpp"
#include "aws/providers/source.hpp"
#include "aws/shared_files/profile_chain.hpp"
#include "aws/shared_files/shared_files.hpp"

#include <map>
#include <memory>
#include <string>

namespace dsql::aws {

/// The refresh state of each SSO session, by the session's name or, without one, its start URL.
using sso_refresh_states = std::map<std::string, std::shared_ptr<sso_refresh_state>>;

/// The context in which the sources of a profile are created. The objects that it refers to must
/// outlive it.
struct profile_surroundings {
    const shared_files& files;
    const std::string& profile;  ///< the selected one, whose settings apply to the whole chain
    const profile_options& options;
    sso_refresh_states& sso_states;

    /// Reads how to reach AWS services. Called only for sources that contact a service, so that an
    /// invalid setting does not affect a profile with keys.
    [[nodiscard]] client_settings client() const {
        return read_client_settings(files, profile, options.region);
    }
};

/// Creates the source for the base of a chain; null when the chain has none. Throws
/// `credentials_error` for invalid settings.
[[nodiscard]] std::unique_ptr<credentials_source> make_base_source(
    const profile_chain& chain, const profile_surroundings& surroundings);

/// Returns a short description of the base for messages, for example: profile "b" (SSO).
[[nodiscard]] std::string describe_base(const profile_chain& chain);

}  // namespace dsql::aws
