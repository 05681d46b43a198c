// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <map>
#include <string>

namespace dsql {

/// What the shared AWS config and credentials files say, merged. It may hold secrets.
///
/// Keys are in lower case. Values are as written, without comments. The lines of a multi-line
/// value, and nested properties, are joined with line breaks: "\nname = value\nname2 = value2".
struct shared_profiles {
    /// The path of the config file. A file that does not exist counts as empty.
    std::string config_path{};
    /// The path of the credentials file. A file that does not exist counts as empty.
    std::string credentials_path{};
    /// Settings by profile. For a key in both files, the credentials file's value holds.
    std::map<std::string, std::map<std::string, std::string>> profiles{};
    /// Settings by [sso-session] section.
    std::map<std::string, std::map<std::string, std::string>> sso_sessions{};

    /// Overwrites all values, because some are keys.
    DSQL_EXPORT ~shared_profiles();
};

/// Reads the shared files: `~/.aws/config` and `~/.aws/credentials`, or what `AWS_CONFIG_FILE` and
/// `AWS_SHARED_CREDENTIALS_FILE` name. May be called from any thread.
///
/// Throws `credentials_error` for a file that exists but cannot be read, is larger than 16 MiB, or
/// has a line that is not of the format; the message names file and line, and does not show the
/// line.
[[nodiscard]] DSQL_EXPORT shared_profiles load_profiles();

}  // namespace dsql
