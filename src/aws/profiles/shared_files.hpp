// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace dsql::detail {

/// The settings of one profile, keys in lower case.
using profile_settings = std::map<std::string, std::string, std::less<>>;
/// Profiles by name.
using profile_map = std::map<std::string, profile_settings, std::less<>>;

/// Which of the two shared files a text is: they name their sections differently.
enum class shared_file { config, credentials };

/// Reads the text of a shared file. `path` is for messages.
/// Throws `credentials_error` with file and line for what is not of the format.
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files".
[[nodiscard]] profile_map parse_shared_file(std::string_view text, shared_file kind,
                                            const std::string& path);

/// The two files of this user, merged: for a key in both, the credentials file's value holds.
struct shared_files {
    std::string config_path{};
    std::string credentials_path{};
    profile_map profiles{};
    /// The config file's [sso-session NAME] and [services NAME] sections, by NAME.
    profile_map sso_sessions{};
    profile_map services{};
};

/// The value of a nested property: `text` is the raw value of its parent, "\nkey = value\n...".
/// The key's case does not matter; empty when it is not there.
[[nodiscard]] std::string sub_property(std::string_view text, std::string_view key);

/// Reads both files from where the environment says they are; one that does not exist is empty.
/// Throws `credentials_error` for one that cannot be read.
[[nodiscard]] shared_files load_shared_files();

/// The profile that `AWS_PROFILE` or `AWS_DEFAULT_PROFILE` names, else "default".
[[nodiscard]] std::string selected_profile();

}  // namespace dsql::detail
