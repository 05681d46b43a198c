// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql_local {

/// The part of cluster_schema_sql() that limits the rows that a transaction changes. An event
/// trigger adds triggers to each new table. These count the rows that each statement inserts,
/// updates or deletes, and raise 54000 above the setting dsql_local.transaction_row_limit; 0 means
/// no limit. `protocol/dsql_errors.cpp` replaces their message with DSQL's.
std::string_view transaction_row_limit_sql();

}  // namespace dsql_local
