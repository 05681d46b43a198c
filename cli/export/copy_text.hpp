// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "export/byte_tables.hpp"

#include <string>
#include <string_view>
#include <vector>

// PostgreSQL's text format of COPY: tabs between values, a line break after each row, and a
// backslash before what is special in a value. Source: PostgreSQL, "COPY", Text Format.

namespace dsql_cli::exports {

/// NULL.
inline constexpr std::string_view null_value = "\\N";

/// What comes after a value.
inline constexpr byte_set ends_of_values("\t\n");

/// Throws std::runtime_error if the last row does not end.
void require_whole_rows(std::string_view rows);

/// Decodes a value that is not NULL, and appends it.
void append_decoded(std::string_view value, std::string& to);

/// Encodes a value, and appends it.
void append_encoded(std::string_view value, std::string& to);

/// The values of a row, as they are written there. The row ends with a line break.
[[nodiscard]] std::vector<std::string_view> split_row(std::string_view row);

}  // namespace dsql_cli::exports
