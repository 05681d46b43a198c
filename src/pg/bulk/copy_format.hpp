// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/copy.hpp>
#include <dsql/detail/raw_row.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace dsql::pg {

/// The statements a COPY is made of. All throw `config_error` for a target that names no table, or
/// a name with a zero byte.
[[nodiscard]] std::string copy_in_statement(const copy_target& target);
[[nodiscard]] std::string copy_out_statement(const copy_target& target);
/// The target's table as SQL names it.
[[nodiscard]] std::string table_name(const copy_target& target);
/// A query without rows that has the target's columns.
[[nodiscard]] std::string describing_query(const copy_target& target);

/// The columns that a COPY into the table `$1` fills: their names and types, in the table's order.
/// A domain is the type that it is based on, as it is in COPY's binary format.
inline constexpr std::string_view columns_query =
    "SELECT attname, CASE typtype WHEN 'd' THEN typbasetype ELSE pg_type.oid END "
    "FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_type ON pg_type.oid = atttypid "
    "WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped "
    "AND attgenerated = '' ORDER BY attnum";

/// Takes the signature and header of COPY's binary format from the front of `data`.
/// Throws `conversion_error` when they are not there.
/// Source: PostgreSQL, "COPY", Binary Format.
void take_copy_header(std::string_view& data);

/// Takes a row from the front of `data`: its values go to `values`, which point into `data`.
/// Returns false for the trailer, which is taken too. Throws `conversion_error` for bytes that are
/// no row.
[[nodiscard]] bool take_copy_tuple(std::string_view& data, std::vector<detail::raw_value>& values);

}  // namespace dsql::pg
