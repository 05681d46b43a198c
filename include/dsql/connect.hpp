// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/export.hpp>

#include <stop_token>
#include <string_view>

namespace dsql {

/// Connects to a cluster with a new IAM token: TLS with the server's certificate and name verified,
/// directly negotiated where libpq can (17 and later).
///
/// No `PG*` environment variable and no file of libpq's in the home directory redirects or weakens
/// the connection. `PGTZ` and `PGDATESTYLE` set the session's `TimeZone` and `DateStyle`, as in
/// every program that uses libpq. `PGSERVICE` and `PGGEQO`, which no parameter overrules, are a
/// `config_error` that names the variable.
///
/// Blocks for at most the config's `connect_timeout`, the wait for credentials included; while that
/// is left at its default, credentials may take up to two minutes on top. `stop` ends the attempt
/// within milliseconds, also while a `credential_process` runs, which is killed, or while an
/// endpoint does not answer. Only a provider of the program's own is left to finish by itself; see
/// `credentials_provider`.
/// Throws `config_error`, `credentials_error`, `connection_error` (with phase, server message and
/// HINT), `timeout_error` or `cancelled_error`.
[[nodiscard]] DSQL_EXPORT connection connect(const config& settings,
                                             const std::stop_token& stop = {});

/// The same from a connection string; see `parse_connection_string`.
[[nodiscard]] DSQL_EXPORT connection connect(std::string_view connection_string,
                                             const std::stop_token& stop = {});

}  // namespace dsql
