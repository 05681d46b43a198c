// SPDX-License-Identifier: Apache-2.0
#pragma once

struct pg_conn;

namespace dsql::pg {

// Everything that differs between the libpq versions we run on (15, 17, 18), one function per
// difference. Decided at run time by the library that is loaded, not by the headers at build time:
// a parameter the library does not know is a failed connect, a function it lacks a failed start.

/// `sslnegotiation=direct` (PostgreSQL 17).
[[nodiscard]] bool knows_direct_tls() noexcept;
/// `require_auth` (PostgreSQL 16).
[[nodiscard]] bool knows_require_auth() noexcept;
/// `sslcertmode` (PostgreSQL 16).
[[nodiscard]] bool knows_ssl_cert_mode() noexcept;
/// `sslrootcert=system` (PostgreSQL 16).
[[nodiscard]] bool knows_system_trust_store() noexcept;
/// Closing a prepared statement by the protocol, PQsendClosePrepared (PostgreSQL 17).
[[nodiscard]] bool can_close_prepared() noexcept;
/// Sends that; 0 on failure, and where it cannot be done.
[[nodiscard]] int send_close_prepared(pg_conn* handle, const char* name) noexcept;
/// Has the rows of the query just sent come some at a time: PQsetChunkedRowsMode (PostgreSQL 17),
/// else PQsetSingleRowMode. 0 on failure.
[[nodiscard]] int stream_rows(pg_conn* handle, int rows_at_a_time) noexcept;
/// Has the next query's rows come all at once again. libpq keeps the mode of a stream until a query
/// is sent outside of pipeline mode, so that the first statement of a batch after a stream would
/// come in pieces. Sends nothing. Not to be called while a query is under way.
void reset_result_mode(pg_conn* handle) noexcept;
/// Whether a result is one piece of a streamed one: `status` is an ExecStatusType.
[[nodiscard]] bool is_piece_of_stream(int status) noexcept;

}  // namespace dsql::pg
