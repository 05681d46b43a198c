// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>

#include "aws/shared_files/shared_file_parser.hpp"

#include <optional>
#include <string>

namespace dsql::aws {

/// The user's two shared files, merged. When both files set a key, the value in the credentials
/// file counts.
struct shared_files {
    std::string config_path{};
    std::string credentials_path{};
    profile_map profiles{};
    /// The sections [sso-session NAME] and [services NAME] of the config file, by NAME.
    profile_map sso_sessions{};
    profile_map services{};
};

/// Merges the profiles of both files. Keys from `credentials` replace those from `config`.
/// Source: profile-parser-tests.json of the AWS SDKs.
[[nodiscard]] profile_map merge_profiles(profile_map config, const profile_map& credentials);

/// Reads both files. Their paths are `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`, in which
/// a leading `~` is expanded, otherwise ~/.aws/config and ~/.aws/credentials. A file that does not
/// exist counts as empty. A file may be a pipe, as described for `read_file`, if it has a writer
/// within 5 s. Throws `credentials_error` for a file that cannot be read, is larger than 16 MiB or
/// contains a line that does not fit the format; `timeout_error` or `cancelled_error` when a limit
/// is reached while a pipe has nothing to read. Thread-safe.
[[nodiscard]] shared_files load_shared_files(const call_limits& limits = {});

/// Returns the profile that `AWS_PROFILE` or `AWS_DEFAULT_PROFILE` names, or nothing when neither
/// is set.
[[nodiscard]] std::optional<std::string> named_profile();

/// Returns `named_profile()`, or "default" when there is none.
[[nodiscard]] std::string selected_profile();

}  // namespace dsql::aws
