// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/sql_dialect.hpp"
#include "wire/messages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// The content of a StartupMessage that PostgreSQL gets.
struct admitted_startup {
    std::string user;
    std::string database;  ///< the user's name if none is given, as in PostgreSQL
    wire::startup_parameters parameters = {};  ///< `user` included
};

/// Keeps the parameters that Aurora DSQL accepts, without those that PostgreSQL does not know (such
/// as `amzn-cluster-id`). Throws login_error for any other parameter (0A000; 22023 and 42602 for
/// some of DSQL's own) and if there is no user (28000). In the dialect of PostgreSQL, it keeps all
/// parameters that PostgreSQL may know.
admitted_startup admit_startup(const wire::startup_message& message,
                               sql_dialect dialect = sql_dialect::dsql);

}  // namespace dsql_local
