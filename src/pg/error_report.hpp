// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/sql_text.hpp>

#include <string>

struct pg_conn;
struct pg_result;

namespace dsql::pg {

/// Whether a result is an error report.
[[nodiscard]] bool is_failure(const pg_result* answer) noexcept;

/// Whether a result says that COPY data is wanted or coming.
[[nodiscard]] bool is_copy(const pg_result* answer) noexcept;

/// What libpq has to say of the connection, on one line; never empty.
[[nodiscard]] std::string last_message(const pg_conn* handle);

/// All the fields of an error or notice report.
[[nodiscard]] server_error_fields fields_of(const pg_result* report);

/// Throws for an error report: `server_error`, or `connection_error` when it is libpq's own word
/// that the connection is gone.
[[noreturn]] void throw_failure(pg_conn* handle, const pg_result* report, const sql_text& sql);

/// Throws `connection_error` for a connection that broke while a statement was under way.
[[noreturn]] void throw_connection_lost(pg_conn* handle, const sql_text& sql);

/// Throws `connection_error` for a statement that libpq would not send.
[[noreturn]] void throw_send_failed(pg_conn* handle, const sql_text& sql);

}  // namespace dsql::pg
