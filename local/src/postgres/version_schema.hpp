// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql_local {

/// The part of cluster_schema_sql() with what SHOW and functions tell about the server, and
/// ALTER TABLE with DROP. Unless the setting dsql_local.dialect is `dsql`, the functions give
/// PostgreSQL's own answers. current_setting() and version() of PostgreSQL are
/// pg_catalog.dsql_local_setting() and dsql_local_version(), which the other parts use because they
/// are faster.
std::string_view version_schema_sql();

}  // namespace dsql_local
