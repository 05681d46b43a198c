// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

struct pg_conn;
struct ssl_st;

namespace dsql::pg {

class idle_messages;

/// OpenSSL's object of a connection; null while it has no TLS.
[[nodiscard]] ssl_st* tls_of(pg_conn* handle) noexcept;

/// Makes TLS read as much as the socket has, in one system call instead of two for each record.
/// libpq does not see what was read ahead, so its functions that wait for the server must not be
/// called afterwards; all of this library's waits ask `tls_pending` first.
/// Source: OpenSSL, SSL_set_read_ahead and SSL_has_pending.
void read_tls_ahead(pg_conn* handle) noexcept;

/// Ends that, so that the program may call any function of libpq.
void stop_reading_tls_ahead(pg_conn* handle) noexcept;

/// Reads all available input without blocking. Calls PQconsumeInput as long as TLS holds data,
/// because poll(2) cannot see that data. Returns false when the connection is broken.
[[nodiscard]] bool consume_input(pg_conn* handle) noexcept;

/// Whether there is input that libpq has not read. Input that libpq has read does not count.
[[nodiscard]] bool has_input(pg_conn* handle) noexcept;

/// Has libpq look at the input that it has read and not looked at. While no statement is under way,
/// libpq reports an error of the server to the notice receiver, and so it does with a message that
/// belongs to a statement, which it then discards. Otherwise the next statement would get that
/// message as its result.
/// Source: libpq, fe-protocol3.c, pqParseInput3.
void parse_read_input(pg_conn* handle) noexcept;

/// Whether libpq needs more input for the next result (PQisBusy). Throws `lost_exchange` if libpq
/// has no memory for what it has read. It may then wait for messages that have come already, and
/// the server would send no others.
/// Source: libpq, fe-protocol3.c, pqParseInput3, ReadyForQuery in pipeline mode, and getCopyStart.
[[nodiscard]] bool is_busy(pg_conn* handle);

/// Reads all input of a connection on which no statement is under way, and has libpq look at it.
/// `messages` are those that have come since the last statement. Returns false if the connection is
/// broken, the server sends without end, or it has begun a message that belongs to a statement.
[[nodiscard]] bool parse_idle_input(pg_conn* handle, idle_messages& messages) noexcept;

/// How many bytes TLS has received and sent so far.
[[nodiscard]] std::uint64_t bytes_transferred(pg_conn* handle) noexcept;

/// Whether TLS holds data that libpq has not read, as much as a record.
[[nodiscard]] bool tls_pending(pg_conn* handle) noexcept;

}  // namespace dsql::pg
