// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql_local {

/// The end of cluster_schema_sql(): sys.iam_pg_role_mappings and the procedures that replace
/// `AWS IAM GRANT` and `REVOKE`.
std::string_view iam_schema_sql();

}  // namespace dsql_local
