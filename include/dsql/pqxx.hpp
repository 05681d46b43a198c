// SPDX-License-Identifier: Apache-2.0
// Not part of dsql/dsql.hpp: include it where libpqxx 7.8 or later is at hand, and link that.
#pragma once

#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include <pqxx/connection>
#include <pqxx/version>

#include <utility>

#if PQXX_VERSION_MAJOR < 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR < 8)
#error "dsql/pqxx.hpp needs libpqxx 7.8 or later: older ones cannot take over a connection"
#endif

namespace dsql {

/// Hands a session over to libpqxx: `from` is closed from then on, and what it has prepared stays
/// prepared. Throws `error`, and leaves `from` unchanged, if it is closed, inside a transaction, or
/// busy with a stream or COPY. Limits do not apply to libpqxx, which waits for the server without
/// limit.
/// Source: libpqxx, `pqxx::connection::seize_raw_connection`.
[[nodiscard]] inline pqxx::connection to_pqxx(connection&& from) {
    if (!from.is_idle()) {
        throw error(
            "to_pqxx: the connection is closed, inside a transaction, or occupied by a stream or a "
            "COPY; only an idle one can be handed over");
    }
    return pqxx::connection::seize_raw_connection(from.release());
}

/// Takes a session back from libpqxx, or over from it; see `connection::adopt`. `from` is closed
/// from then on. Nothing of libpqxx's (transactions, streams, cursors) may be open on it.
/// Source: libpqxx, `pqxx::connection::release_raw_connection`.
[[nodiscard]] inline connection from_pqxx(pqxx::connection&& from,
                                          const session_options& options = {}) {
    return connection::adopt(std::move(from).release_raw_connection(), options);
}

}  // namespace dsql
