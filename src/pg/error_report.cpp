// SPDX-License-Identifier: Apache-2.0
#include "pg/error_report.hpp"

#include "base/sent_secrets.hpp"
#include "base/text.hpp"
#include "errors/server_report.hpp"
#include "errors/statement_context.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace dsql::pg {

namespace {

// libpq appends this text when it is used again after a connection was lost.
constexpr std::string_view without_socket = "invalid socket";

std::string text_of(const pg_result* report, int field) {
    const char* text = PQresultErrorField(report, field);
    return text == nullptr ? std::string() : detail::without_sent_secrets(text);
}

std::string context_of(const sql_text& sql) {
    return detail::statement_context(sql.text(), sql.where());
}

}  // namespace

std::string last_message(const pg_conn* handle) {
    const std::string_view all = PQerrorMessage(handle);
    std::string text;
    for (std::size_t start = 0; start < all.size();) {
        const std::size_t end = std::min(all.find('\n', start), all.size());
        const std::string_view line = detail::trim(all.substr(start, end - start));
        if (!line.empty() && line != without_socket) {
            text.append(text.empty() ? "" : " ").append(line);
        }
        start = end + 1;
    }
    return text.empty() ? "the connection is gone"
                        : detail::foreign_text(detail::without_sent_secrets(text));
}

bool is_failure(const pg_result* answer) noexcept {
    const ExecStatusType status = PQresultStatus(answer);
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

bool is_copy(const pg_result* answer) noexcept {
    const ExecStatusType status = PQresultStatus(answer);
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

server_error_fields fields_of(const pg_result* report) {
    return {.sqlstate = text_of(report, PG_DIAG_SQLSTATE),
            .severity = text_of(report, PG_DIAG_SEVERITY_NONLOCALIZED),
            .message = text_of(report, PG_DIAG_MESSAGE_PRIMARY),
            .detail = text_of(report, PG_DIAG_MESSAGE_DETAIL),
            .hint = text_of(report, PG_DIAG_MESSAGE_HINT),
            .position = text_of(report, PG_DIAG_STATEMENT_POSITION),
            .internal_position = text_of(report, PG_DIAG_INTERNAL_POSITION),
            .internal_query = text_of(report, PG_DIAG_INTERNAL_QUERY),
            .context = text_of(report, PG_DIAG_CONTEXT),
            .schema_name = text_of(report, PG_DIAG_SCHEMA_NAME),
            .table_name = text_of(report, PG_DIAG_TABLE_NAME),
            .column_name = text_of(report, PG_DIAG_COLUMN_NAME),
            .data_type_name = text_of(report, PG_DIAG_DATATYPE_NAME),
            .constraint_name = text_of(report, PG_DIAG_CONSTRAINT_NAME),
            .source_file = text_of(report, PG_DIAG_SOURCE_FILE),
            .source_line = text_of(report, PG_DIAG_SOURCE_LINE),
            .source_function = text_of(report, PG_DIAG_SOURCE_FUNCTION)};
}

void throw_failure(pg_conn* handle, const pg_result* report, const sql_text& sql) {
    // An error without SQLSTATE comes from libpq itself: the connection is lost.
    if (PQresultErrorField(report, PG_DIAG_SQLSTATE) == nullptr) {
        throw_connection_lost(handle, sql);
    }
    detail::throw_server_error(fields_of(report), std::string(sql.text()), sql.where());
}

void throw_connection_lost(pg_conn* handle, const sql_text& sql) {
    throw_connection_lost(last_message(handle), sql);
}

void throw_connection_lost(const std::string& why, const sql_text& sql) {
    throw connection_error(
        "the connection broke while a statement was under way; it may have "
        "run: " +
            why + context_of(sql),
        true);
}

void throw_send_failed(pg_conn* handle, const sql_text& sql) {
    throw connection_error(
        "the statement could not be sent: " + last_message(handle) + context_of(sql), true);
}

}  // namespace dsql::pg
