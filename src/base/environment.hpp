// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/secret_string.hpp>

#include <string>
#include <string_view>

namespace dsql::detail {

/// The value of an environment variable; empty when it is not set.
[[nodiscard]] std::string environment_variable(const char* name);

/// The value as it is, white space at its ends included; empty when there is nothing else in it.
[[nodiscard]] std::string non_blank_variable(const char* name);

/// The same for a value that is a secret.
[[nodiscard]] secret_string secret_variable(const char* name);

/// This user's home directory: `HOME`, else what the account database says; empty when neither has
/// one.
[[nodiscard]] std::string home_directory();

/// `path` with a `~` at its front, alone or before a slash, replaced by the home directory;
/// as it is where that is not known.
[[nodiscard]] std::string expand_home(std::string_view path);

}  // namespace dsql::detail
