// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql_local {

/// The version of cluster_schema_sql(). It must be increased with every change of the schema, so
/// that existing clusters are updated.
constexpr std::string_view cluster_schema_version = "3";

/// Returns the SQL that prepares a new cluster. Written for `postgres --single -j`, where a
/// semicolon and an empty line end a statement. It creates:
///
/// - The limit on the rows of a transaction, see transaction_row_limit_sql().
/// - sys.jobs, sys.wait_for_job(), and the procedures that replace `CREATE INDEX ASYNC` and
///   `ALTER TABLE ASYNC`. dsql_local.job_time is the number of seconds for which a job is shown as
///   running.
/// - sys.iam_pg_role_mappings, and the procedures that replace `AWS IAM GRANT` and `REVOKE`. A
///   granted role becomes a member of the role dsql_local_granted, whose members may log in.
/// - version(), current_setting(), and the procedures that replace SHOW of some settings and ALTER
/// TABLE with DROP.
std::string cluster_schema_sql();

}  // namespace dsql_local
