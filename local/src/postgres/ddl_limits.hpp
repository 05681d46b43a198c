// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql_local {

/// The part of cluster_schema_sql() about DDL: event triggers that raise DSQL's error if there are
/// too many columns, indexes, tables and so on, that refuse what would let other code into the
/// server, and that keep the triggers of write_limits_sql().
std::string_view ddl_limits_sql();

}  // namespace dsql_local
