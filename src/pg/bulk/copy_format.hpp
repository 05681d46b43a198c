// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/copy.hpp>
#include <dsql/detail/raw_row.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace dsql::pg {

/// Returns the COPY statement for a target. Throws `config_error` if the target names no table or a
/// name contains a zero byte; so do `table_name` and `describing_query`.
[[nodiscard]] std::string copy_in_statement(const copy_target& target);
[[nodiscard]] std::string copy_out_statement(const copy_target& target);
/// Returns the quoted name of the target's table, with its schema if it has one.
[[nodiscard]] std::string table_name(const copy_target& target);
/// Returns a query whose result has the target's columns and no rows.
[[nodiscard]] std::string describing_query(const copy_target& target);

/// Selects the names and types of the columns that a COPY into the table `$1` fills, in the table's
/// order. Generated columns are left out. For a domain, the type is the one it is based on, because
/// COPY's binary format uses that type.
inline constexpr std::string_view columns_query =
    "SELECT attname, CASE typtype WHEN 'd' THEN typbasetype ELSE pg_type.oid END "
    "FROM pg_catalog.pg_attribute JOIN pg_catalog.pg_type ON pg_type.oid = atttypid "
    "WHERE attrelid = pg_catalog.to_regclass($1) AND attnum > 0 AND NOT attisdropped "
    "AND attgenerated = '' ORDER BY attnum";

/// Removes the signature and header of COPY's binary format from the front of `data`. Throws
/// `conversion_error` if they are missing or malformed.
/// Source: PostgreSQL, "COPY", Binary Format.
void take_copy_header(std::string_view& data);

/// Removes one row from the front of `data` and sets `values` to its values, which point into that
/// memory. Returns false if it removed the trailer instead. Throws `conversion_error` if the bytes
/// are not a row.
[[nodiscard]] bool take_copy_tuple(std::string_view& data, std::vector<detail::raw_value>& values);

}  // namespace dsql::pg
