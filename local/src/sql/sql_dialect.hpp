// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql_local {

/// The dialect of SQL that the endpoint understands.
enum class sql_dialect {
    dsql,      ///< Aurora DSQL's: what DSQL does not have is refused
    postgres,  ///< PostgreSQL's, and the statements that only DSQL has
};

/// Whether conflicts are decided at COMMIT, as DSQL does, and not by PostgreSQL's locks.
constexpr bool decides_conflicts_at_commit(sql_dialect dialect) noexcept {
    return dialect == sql_dialect::dsql;
}

}  // namespace dsql_local
