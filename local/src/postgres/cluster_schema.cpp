// SPDX-License-Identifier: Apache-2.0
#include "postgres/cluster_schema.hpp"

#include "postgres/ddl_limits.hpp"
#include "postgres/iam_schema.hpp"
#include "postgres/job_schema.hpp"
#include "postgres/role_schema.hpp"
#include "postgres/snapshot_copies.hpp"
#include "postgres/version_schema.hpp"
#include "postgres/write_limits.hpp"

namespace dsql_local {

std::string cluster_schema_sql() {
    std::string sql(role_schema_sql());
    return sql.append(version_schema_sql())
        .append(snapshot_copies_sql())
        .append(write_limits_sql())
        .append(ddl_limits_sql())
        .append(job_schema_sql())
        .append(iam_schema_sql());
}

}  // namespace dsql_local
