// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <string>
#include <string_view>

namespace dsql::detail {

/// Returns the value of an environment variable; empty when it is not set.
[[nodiscard]] std::string environment_variable(const char* name);

/// Returns the value unchanged, with white space at both ends; empty when it is not set or holds
/// only white space.
[[nodiscard]] std::string non_blank_variable(const char* name);

/// Returns the value of a variable that holds a secret; empty when it is not set.
[[nodiscard]] secret_string secret_variable(const char* name);

/// Returns the user's home directory: `HOME`, or else the entry of the account database; empty when
/// neither exists.
[[nodiscard]] std::string home_directory();

/// Returns `path` with a leading `~` (alone, or before a slash) replaced by the home directory. The
/// path is unchanged when the home directory is not known.
[[nodiscard]] std::string expand_home(std::string_view path);

}  // namespace dsql::detail
