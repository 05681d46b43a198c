// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace dsql_local {

/// Whose SQL the endpoint understands.
enum class sql_dialect {
    dsql,      ///< Aurora DSQL's: what DSQL does not have is refused
    postgres,  ///< PostgreSQL's, and the statements that only DSQL has
};

}  // namespace dsql_local
