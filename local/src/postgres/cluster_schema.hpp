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
/// - sys.jobs, sys.wait_for_job() and the procedures that CREATE INDEX ASYNC and ALTER TABLE ASYNC
///   are made calls of. dsql_local.job_time is for how many seconds a job counts as under way.
/// - sys.iam_pg_role_mappings and the procedures that AWS IAM GRANT and REVOKE are made calls of. A
///   role that is granted becomes a member of the role dsql_local_granted, which is what lets it
///   log in.
std::string_view cluster_schema_sql();

}  // namespace dsql_local
