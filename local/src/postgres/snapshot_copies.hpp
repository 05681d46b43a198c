// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace dsql_local {

/// The part of cluster_schema_sql() with the procedure pg_catalog.dsql_local_copy_tables(). A
/// transaction that conflicts with one that has committed goes on in DSQL, and sees its own
/// changes, until its COMMIT fails. PostgreSQL does not let it change a row that has changed since
/// its snapshot. So it goes on with copies of the tables that it changes: temporary tables with the
/// rows of its snapshot and the same names, which PostgreSQL finds first. They are gone when the
/// transaction is rolled back, as it must be.
std::string_view snapshot_copies_sql();

}  // namespace dsql_local
