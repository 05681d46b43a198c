// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "aws/profiles/chain_base.hpp"
#include "aws/profiles/shared_files.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace dsql::detail {

/// One role to assume with the credentials of the step before it. Texts that were not set are
/// empty.
struct role_step {
    /// The profile whose `role_arn` it is.
    std::string profile{};
    std::string role_arn{};
    std::string external_id{};
    std::string role_session_name{};
    /// `duration_seconds`, from 900 to 43200 s.
    std::optional<std::chrono::seconds> duration{};
    std::string mfa_serial{};
};

/// How to get the credentials of a profile: those of the base, with which the first role is
/// assumed, and so on. Nothing in it has been tried.
struct profile_chain {
    chain_base base{};
    /// The profile where the base stands.
    std::string base_profile{};
    /// In the order in which they are assumed; the last one is the asked-for profile's.
    std::vector<role_step> roles{};
    /// All profiles the chain runs through, from the asked-for one to that of the base.
    std::vector<std::string> visited{};
};

/// Follows `role_arn`, `source_profile` and `credential_source` from a profile to its base. Reads
/// nothing but `files`; may be called from any thread.
///
/// - `role_arn` beats the profile's own keys; from the second profile on, keys beat `role_arn`. A
///   profile that names itself as source assumes the role with its own credentials.
/// - The base of one profile is what `read_chain_base` says.
/// - A blank value counts as missing.
///
/// Throws `credentials_error` for a profile that is missing, naming the files and the profiles
/// found, for a loop, and for one that is half configured: it says which profile, which key, and
/// where it should stand.
///
/// Source: AWS SDKs and Tools Reference Guide, "Assume role credential provider" and "IAM Identity
/// Center credential provider"; assume-role-tests.json of the AWS SDKs.
[[nodiscard]] profile_chain resolve_profile_chain(const shared_files& files,
                                                  const std::string& profile);

}  // namespace dsql::detail
