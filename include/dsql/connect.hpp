// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/export.hpp>

#include <string_view>

namespace dsql {

/// Connects to a cluster with a new IAM token, over TLS with the server's certificate and name
/// verified, negotiated directly where libpq can (17 and later). No `PG*` environment variable and
/// no file of libpq's in the home directory counts: `PGSERVICE`, `PGOPTIONS`, `PGTZ` and others
/// that no parameter overrules are, where set, hidden from the process for the length of libpq's
/// call.
///
/// Blocks for at most the config's `connect_timeout`, the wait for credentials included; while that
/// is left at its default, credentials may take up to two minutes on top. A deadline of `limits`
/// counts as well, for all of it. A stop token ends the attempt within milliseconds, also while a
/// `credential_process` runs, which is killed, or while an endpoint does not answer. Only a
/// provider of the program's own is left to finish by itself; see `credentials_provider`. Throws
/// `config_error`, `credentials_error`, `connection_error` (with phase, server message and HINT),
/// `timeout_error` or `cancelled_error`.
[[nodiscard]] DSQL_EXPORT connection connect(const config& settings,
                                             const call_limits& limits = {});

/// Connects to the cluster of a connection string, as `connect(parse_connection_string(text))`
/// does. @see parse_connection_string, connect(const config&, const call_limits&)
[[nodiscard]] DSQL_EXPORT connection connect(std::string_view connection_string,
                                             const call_limits& limits = {});

}  // namespace dsql
