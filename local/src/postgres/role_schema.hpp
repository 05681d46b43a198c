// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql_local {

/// The beginning of cluster_schema_sql(). PostgreSQL's first superuser gets another name, and admin
/// becomes an ordinary role that owns the database. PostgreSQL's own roles, such as
/// pg_execute_server_program, become superusers, because only a superuser can grant those; nobody
/// can log in as them. In a cluster of an older dsql-local, whose superuser was admin, the new
/// admin gets everything that is not the endpoint's. Objects of an older schema are removed.
/// All functions here and in the other parts have a search_path that ends with pg_temp, because
/// PostgreSQL would otherwise look there first.
std::string_view role_schema_sql();

}  // namespace dsql_local
