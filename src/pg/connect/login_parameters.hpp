// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/connect/open_connection.hpp"

#include <string>

struct pg_conn;

namespace dsql::pg {

/// Throws `config_error` when a variable of the environment is set that libpq obeys, that no
/// parameter overrules, and that redirects or breaks a login: `PGSERVICE` and `PGGEQO`.
///
/// `PGTZ` and `PGDATESTYLE` are left alone. libpq sends them as the session's `TimeZone` and
/// `DateStyle`, which neither redirect nor weaken a connection.
/// Source: libpq, fe-connect.c, parseServiceInfo; fe-protocol3.c, build_startup_packet.
void check_environment();

/// Starts to log in at one address, without blocking: PQconnectStartParams. Null without memory.
///
/// What `target` does not say has the default that is compiled into libpq. No variable of the
/// environment, no service file and no file in the home directory can change it.
/// Throws `config_error` as `check_environment` does.
[[nodiscard]] pg_conn* start_login(const login& target, const std::string& address,
                                   const std::string& root_certificate);

}  // namespace dsql::pg
