// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/sql_text.hpp>

#include <string>

struct pg_conn;
struct pg_result;

namespace dsql::pg {

/// Whether a result is an error.
[[nodiscard]] bool is_failure(const pg_result* answer) noexcept;

/// Whether a result starts a COPY in either direction.
[[nodiscard]] bool is_copy(const pg_result* answer) noexcept;

/// Returns libpq's error message for the connection on one line; never empty.
[[nodiscard]] std::string last_message(const pg_conn* handle);

/// Returns all fields of an error or notice.
[[nodiscard]] server_error_fields fields_of(const pg_result* report);

/// Throws the exception for an error: `server_error`, or `connection_error` when libpq itself
/// reports that the connection is lost.
[[noreturn]] void throw_failure(pg_conn* handle, const pg_result* report, const sql_text& sql);

/// Throws `connection_error` for a connection that was lost while a statement was in progress.
[[noreturn]] void throw_connection_lost(pg_conn* handle, const sql_text& sql);
/// Throws the same error, for a reason that libpq does not know.
[[noreturn]] void throw_connection_lost(const std::string& why, const sql_text& sql);

/// Throws `connection_error` for a statement that libpq could not send.
[[noreturn]] void throw_send_failed(pg_conn* handle, const sql_text& sql);

}  // namespace dsql::pg
