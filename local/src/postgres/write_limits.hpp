// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql_local {

/// The part of cluster_schema_sql() that limits what statements and transactions write. An event
/// trigger adds triggers to each new table, which are marked as internal so that `\d` does not show
/// them. They count the rows that each statement inserts, updates or deletes and the bytes of the
/// new rows; without limits there are none on tables that are created then. Above a limit they
/// raise DSQL's error; the one for the size of a transaction comes at COMMIT. `database_limits` are
/// the limits.
std::string_view write_limits_sql();

}  // namespace dsql_local
