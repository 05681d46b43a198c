// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wire/startup_message.hpp"

#include <string>

namespace dsql_local {

/// What of a StartupMessage goes on to PostgreSQL.
struct admitted_startup {
    std::string user;
    std::string database;                ///< the user's name where none is given, as in PostgreSQL
    startup_parameters parameters = {};  ///< `user` included
};

/// Lets through the parameters that Amazon Aurora DSQL lets through and drops those which mean
/// something to DSQL alone (`amzn-cluster-id`).
/// Throws login_refused for any other parameter (0A000) and when there is no user (28000).
admitted_startup admit_startup(const startup_message& message);

}  // namespace dsql_local
