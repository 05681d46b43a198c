// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql_local {

/// The version of cluster_schema_sql(). It must be increased with every change of the schema, so
/// that existing clusters are updated.
constexpr std::string_view cluster_schema_version = "16";

/// The name of PostgreSQL's superuser, as which the endpoint itself connects. PostgreSQL lets
/// nobody create or rename a role to a name with this prefix, and clients do not list such roles.
constexpr std::string_view superuser_name = "pg_dsql_local";

/// Returns the SQL that prepares a new cluster, or updates one that another version of the schema
/// prepared. Written for `postgres --single -j -O`, where a semicolon and an empty line end a
/// statement. What it creates is in the schemas pg_catalog (with names that begin with dsql_local_)
/// and sys.
std::string cluster_schema_sql();

}  // namespace dsql_local
