// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dsql::detail {

/// The value of an environment variable; empty when it is not set.
[[nodiscard]] std::string environment_variable(const char* name);

}  // namespace dsql::detail
