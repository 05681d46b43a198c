// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace dsql_cli {

/// Checks that an option is the name of a table, "name" or "schema.name", of plain identifiers, so
/// that it can be part of SQL statements. Returns what is wrong with it, or an empty text, as
/// CLI::Validator wants it.
[[nodiscard]] std::string check_table_name(const std::string& text);

}  // namespace dsql_cli
