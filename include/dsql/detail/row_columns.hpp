// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/statement_origin.hpp>
#include <dsql/export.hpp>
#include <dsql/oid.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

struct pg_result;

namespace dsql::detail {

/// The type of a column for codecs. It is `oids::unspecified`, which no codec reads, for a column
/// that is not in binary format.
[[nodiscard]] DSQL_EXPORT oid column_type(const pg_result* rows, int column) noexcept;

/// Throws `std::out_of_range`: "`what` `index` of `whole` that has `size`", and the statement if it
/// is known.
[[noreturn]] DSQL_EXPORT void throw_out_of_range(std::string_view what, std::int64_t index,
                                                 std::string_view whole, std::int64_t size,
                                                 const statement_origin* from = nullptr);

/// Fills `columns` with 0, 1, ... Throws `conversion_error` when the result has another number of
/// columns; `what` is what was to be read.
DSQL_EXPORT void match_by_position(const pg_result* rows, std::span<int> columns,
                                   std::string_view what);

/// Finds the column of each name. Throws `conversion_error`, naming both sides, when a name has no
/// column or two, or a column no name.
DSQL_EXPORT void match_by_name(const pg_result* rows, std::span<const std::string_view> names,
                               std::span<int> columns);

/// Finds the column of each name, and sets -1 for a name without a column. Ignores columns without
/// a name. Throws `conversion_error` for a name with two columns.
DSQL_EXPORT void match_leniently(const pg_result* rows, std::span<const std::string_view> names,
                                 std::span<int> columns);

}  // namespace dsql::detail
