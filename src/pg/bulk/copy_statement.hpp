// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/copy.hpp>

#include <string>
#include <string_view>

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

}  // namespace dsql::pg
