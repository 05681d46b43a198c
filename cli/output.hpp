// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql_cli {

/// Writes `text` and a line break to standard output and flushes it. Throws std::runtime_error,
/// which names `what`, if that fails, so that a full disk does not look like success.
void print_line(std::string_view text, const std::string& what);

}  // namespace dsql_cli
