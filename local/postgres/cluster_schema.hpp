// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql_local {

/// Goes up whenever cluster_schema_sql() changes: a cluster that has another one is told apart.
constexpr std::string_view cluster_schema_version = "2";

/// What a cluster is given before it serves anyone, for `postgres --single -j`, where an empty line
/// after a semicolon ends a statement:
///
/// - The limit on the rows of a transaction: an event trigger gives every new table triggers that
///   count, statement by statement, and raise 54000 above dsql_local.transaction_row_limit.
/// - sys.jobs, sys.wait_for_job() and the procedure that CREATE INDEX ASYNC is made a call of.
///   dsql_local.job_time is for how many seconds a job counts as under way.
std::string_view cluster_schema_sql();

}  // namespace dsql_local
