// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/shared_files/chain_base.hpp"
#include "aws/shared_files/shared_files.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace dsql::aws {

/// A role to assume with the credentials of the previous step. Members that were not set are empty.
struct role_step {
    /// The name of the profile that configures the role.
    std::string profile{};
    std::string role_arn{};
    std::string external_id{};
    std::string role_session_name{};
    /// `duration_seconds`, from 900 to 43200 s.
    std::optional<std::chrono::seconds> duration{};
    std::string mfa_serial{};
};

/// How to get the credentials of a profile: the base supplies the first credentials, the first role
/// is assumed with these, and each further role with those of the role before it. The chain is only
/// a plan: no source has been contacted.
struct profile_chain {
    chain_base base{};
    /// The name of the profile that configures the base.
    std::string base_profile{};
    /// The roles in the order in which they are assumed. The last one is that of the profile that
    /// was resolved.
    std::vector<role_step> roles{};
    /// The names of all profiles in the chain, from the resolved profile to that of the base.
    std::vector<std::string> visited{};
};

/// Follows `role_arn`, `source_profile` and `credential_source` from a profile to its base. Reads
/// only `files`. Thread-safe.
///
/// - In the first profile, `role_arn` takes precedence over keys. In every further profile, keys
///   take precedence over `role_arn`. A profile that names itself as `source_profile` assumes the
///   role with its own credentials.
/// - The base is the result of `read_chain_base` for the last profile.
/// - A blank value counts as missing.
///
/// Throws `credentials_error` for a profile that does not exist, for a loop of profiles, and for an
/// incomplete profile. The message names the profile, the key and the files.
///
/// Source: AWS SDKs and Tools Reference Guide, "Assume role credential provider" and "IAM Identity
/// Center credential provider"; assume-role-tests.json of the AWS SDKs.
[[nodiscard]] profile_chain resolve_profile_chain(const shared_files& files,
                                                  const std::string& profile);

}  // namespace dsql::aws
