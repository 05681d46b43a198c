// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connect/open_connection.hpp"

#include <string>

struct pg_conn;

namespace dsql::pg {

/// Throws `config_error` if `PGSERVICE` or `PGGEQO` is set. libpq uses these environment variables,
/// no parameter overrules them, and they would redirect or break a login.
///
/// `PGTZ` and `PGDATESTYLE` are allowed. libpq sends them as the session's `TimeZone` and
/// `DateStyle`, which neither redirect nor weaken a connection.
/// Source: libpq, fe-connect.c, parseServiceInfo; fe-protocol3.c, build_startup_packet.
void check_environment();

/// Starts to log in at one address with PQconnectStartParams, without blocking. Returns null if
/// there is no memory.
///
/// Parameters that `target` does not set have the default that is compiled into libpq. No
/// environment variable, service file or file in the home directory changes that.
/// Throws `config_error`.
/// @see check_environment
[[nodiscard]] pg_conn* start_login(const login& target, const std::string& address,
                                   const std::string& root_certificate);

}  // namespace dsql::pg
