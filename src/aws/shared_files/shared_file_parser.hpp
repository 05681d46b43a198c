// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <map>
#include <string>
#include <string_view>

namespace dsql::aws {

/// The settings of one section; the keys are in lower case. The lines of a multi-line value and its
/// nested properties are joined with line breaks: "\nname = value\nname2 = value2".
using profile_settings = std::map<std::string, secret_string, std::less<>>;
/// The sections of one kind, for example profiles, by name.
using profile_map = std::map<std::string, profile_settings, std::less<>>;

/// The kind of a shared file. The two kinds name their sections differently.
enum class shared_file { config, credentials };

/// The sections of one shared file. A credentials file has only profiles.
struct shared_sections {
    profile_map profiles{};
    /// The sections [sso-session NAME] and [services NAME], by NAME.
    profile_map sso_sessions{};
    profile_map services{};
};

/// Parses the text of a shared file. `path` is for messages. As in the AWS SDKs, a section or
/// property with an invalid name is ignored. Thread-safe.
///
/// Throws `credentials_error` with the message "path:line: why" for a line that does not fit the
/// format. The message does not show the line, which may hold a secret.
///
/// Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files", and the test
/// cases that the SDKs share as profile-parser-tests.json, from which the error messages come.
/// Three things are accepted in addition: a byte order mark; a name in quotes in the config file,
/// which may contain spaces, as the AWS CLI writes it; and an indented comment that does not
/// continue a value.
[[nodiscard]] shared_sections parse_shared_file(std::string_view text, shared_file kind,
                                                std::string_view path);

/// Returns the value of a nested property; empty when it does not exist. `text` is the value of its
/// parent, "\nkey = value\n...", and `key` is in lower case. The case of the key in `text` does not
/// matter. If the key occurs more than once, the last one counts.
[[nodiscard]] std::string sub_property(std::string_view text, std::string_view key);

}  // namespace dsql::aws
