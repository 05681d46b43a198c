// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/parameters.hpp>

#include "load/chunk.hpp"
#include "load/dialect.hpp"
#include "load/target_table.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace dsql_cli::load {

/// Rows as parameters of a statement with `unnest_columns`: an array for each column.
[[nodiscard]] dsql::parameters column_arrays(const chunk& from,
                                             const std::vector<std::size_t>& rows,
                                             std::size_t columns, const dialect& used);

/// "unnest($1::integer[], $2::text[]) AS r(c1, c2)": a row for each element of the arrays. The
/// server reads each value as COPY would, by its column's type.
[[nodiscard]] std::string unnest_columns(const std::vector<table_column>& columns);

}  // namespace dsql_cli::load
