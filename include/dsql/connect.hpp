// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/export.hpp>

#include <stop_token>
#include <string_view>

namespace dsql {

/// Connects to a cluster with a new IAM token: TLS with the server's certificate and name verified,
/// directly negotiated where libpq can (17 and later). No `PG*` environment variable and no file of
/// libpq's in the home directory has a say: `PGSERVICE`, `PGOPTIONS`, `PGTZ` and others that no
/// parameter overrules are, where set, hidden from the process for the length of libpq's call.
///
/// Blocks for at most the config's `connect_timeout`; the signing of the token, which may have to
/// fetch credentials, comes on top. `stop` ends the attempt early.
/// Throws `config_error`, `credentials_error`, `connection_error` (with phase, server message and
/// HINT), `timeout_error` or `cancelled_error`.
[[nodiscard]] DSQL_EXPORT connection connect(const config& settings,
                                             const std::stop_token& stop = {});

/// The same from a connection string; see `parse_connection_string`.
[[nodiscard]] DSQL_EXPORT connection connect(std::string_view connection_string,
                                             const std::stop_token& stop = {});

}  // namespace dsql
