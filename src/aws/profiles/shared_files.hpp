// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>

#include "aws/profiles/shared_file_parser.hpp"

#include <optional>
#include <string>

namespace dsql::detail {

/// The two files of this user, merged: for a key in both, the credentials file's value holds.
struct shared_files {
    std::string config_path{};
    std::string credentials_path{};
    profile_map profiles{};
    /// The config file's [sso-session NAME] and [services NAME] sections, by NAME.
    profile_map sso_sessions{};
    profile_map services{};
};

/// The profiles of both files: those of `config` with each key of `credentials` put over them.
/// Source: profile-parser-tests.json of the AWS SDKs.
[[nodiscard]] profile_map merge_profiles(profile_map config, const profile_map& credentials);

/// Reads both files from where the environment says they are: `AWS_CONFIG_FILE` and
/// `AWS_SHARED_CREDENTIALS_FILE`, a `~` at their front expanded, else ~/.aws/config and
/// ~/.aws/credentials. One that does not exist is empty. May be called from any thread.
/// A file may be a pipe; see `read_file`. Somebody has to write to it within 5 s.
/// Throws `credentials_error` for one that cannot be read, is larger than 16 MiB or has a line
/// that is not of the format, and what `limits` throw while a pipe is waited for.
[[nodiscard]] shared_files load_shared_files(const call_limits& limits = {});

/// The profile that `AWS_PROFILE` or `AWS_DEFAULT_PROFILE` names, if one does.
[[nodiscard]] std::optional<std::string> named_profile();

/// `named_profile()`, else "default".
[[nodiscard]] std::string selected_profile();

}  // namespace dsql::detail
