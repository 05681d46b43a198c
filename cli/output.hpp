// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql_cli {

/// Writes `text` and a line break to standard output at once. `what` names it for the error when
/// that fails: a full disk must not pass for success.
void print_line(std::string_view text, const std::string& what);

}  // namespace dsql_cli
