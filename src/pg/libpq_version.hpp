// SPDX-License-Identifier: Apache-2.0
#pragma once

struct pg_conn;

namespace dsql::pg {

// All differences between the supported versions of libpq (15 to 18), one function for each. The
// library that is loaded at run time decides, not the headers of the build: a parameter that it
// does not know would make connecting fail, and a missing function would keep the program from
// starting.

/// `sslnegotiation=direct` (PostgreSQL 17).
[[nodiscard]] bool knows_direct_tls() noexcept;
/// `require_auth` (PostgreSQL 16).
[[nodiscard]] bool knows_require_auth() noexcept;
/// `sslcertmode` (PostgreSQL 16).
[[nodiscard]] bool knows_ssl_cert_mode() noexcept;
/// `sslrootcert=system` (PostgreSQL 16).
[[nodiscard]] bool knows_system_trust_store() noexcept;
/// `max_protocol_version` (PostgreSQL 18).
[[nodiscard]] bool knows_newer_protocols() noexcept;
/// Whether prepared statements can be closed by the protocol, with PQsendClosePrepared (PostgreSQL
/// 17).
[[nodiscard]] bool can_close_prepared() noexcept;
/// Calls PQsendClosePrepared; returns 0 on failure, and when the library does not have it.
[[nodiscard]] int send_close_prepared(pg_conn* handle, const char* name) noexcept;
/// Makes the query that was just sent return its rows in chunks, with PQsetChunkedRowsMode
/// (PostgreSQL 17) or PQsetSingleRowMode. Returns 0 on failure.
[[nodiscard]] int stream_rows(pg_conn* handle, int rows_at_a_time) noexcept;
/// Makes the next query return all rows at once again. libpq keeps the mode of a stream until a
/// query is sent outside of pipeline mode; without this call, the first statement of a batch after
/// a stream would return its rows in chunks. Sends nothing. Must not be called while a query is in
/// progress.
void reset_result_mode(pg_conn* handle) noexcept;
/// Whether a result is one chunk of a stream. `status` is an ExecStatusType.
[[nodiscard]] bool is_piece_of_stream(int status) noexcept;

}  // namespace dsql::pg
