// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::detail {

/// The value of an environment variable; empty when it is not set.
[[nodiscard]] std::string environment_variable(const char* name);

/// `path` with a `~` at its front, alone or before a slash, replaced by `HOME`.
[[nodiscard]] std::string expand_home(std::string_view path);

}  // namespace dsql::detail
