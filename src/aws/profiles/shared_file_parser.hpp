// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <map>
#include <string>
#include <string_view>

namespace dsql::detail {

/// The settings of one section, keys in lower case. A value that goes on over more lines, or holds
/// nested properties, has them joined with line breaks: "\nname = value\nname2 = value2".
using profile_settings = std::map<std::string, secret_string, std::less<>>;
/// Sections of one kind by name, for example profiles.
using profile_map = std::map<std::string, profile_settings, std::less<>>;

/// Which of the two shared files a text is: they name their sections differently.
enum class shared_file { config, credentials };

/// What one shared file holds. A credentials file has profiles only.
struct shared_sections {
    profile_map profiles{};
    /// [sso-session NAME] and [services NAME], by NAME.
    profile_map sso_sessions{};
    profile_map services{};
};

/// Reads the text of a shared file. `path` is for messages. A section or a property whose name is
/// not one is ignored, as the SDKs do. May be called from any thread.
///
/// Throws `credentials_error`, "path:line: why", for a line that is not of the format; the line
/// itself, which may hold a secret, is not shown.
///
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files", and the
/// cases that the SDKs share as profile-parser-tests.json; the words of the errors are theirs.
/// Beyond them: a byte order mark is skipped, a name of the config file may stand in quotes and
/// then hold spaces (as the AWS CLI writes it), and an indented comment is ignored where it would
/// continue nothing.
[[nodiscard]] shared_sections parse_shared_file(std::string_view text, shared_file kind,
                                                std::string_view path);

/// The value of a nested property: `text` is the raw value of its parent, "\nkey = value\n...".
/// The key's case does not matter, the last of several wins; empty when it is not there.
[[nodiscard]] std::string sub_property(std::string_view text, std::string_view key);

}  // namespace dsql::detail
