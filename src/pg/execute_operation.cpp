// SPDX-License-Identifier: Apache-2.0
#include "pg/execute_operation.hpp"

#include <dsql/error.hpp>

#include <libpq-fe.h>

#include <limits>
#include <utility>
#include <vector>

namespace dsql::pg {

namespace {

// What the protocol's 16-bit counter allows.
constexpr std::size_t max_parameters = 65'535;

std::string text_of(const pg_result* answer, int field) {
    const char* text = PQresultErrorField(answer, field);
    return text == nullptr ? std::string() : std::string(text);
}

server_error to_error(const pg_result* answer) {
    return server_error({.sqlstate = text_of(answer, PG_DIAG_SQLSTATE),
                         .severity = text_of(answer, PG_DIAG_SEVERITY_NONLOCALIZED),
                         .message = text_of(answer, PG_DIAG_MESSAGE_PRIMARY),
                         .detail = text_of(answer, PG_DIAG_MESSAGE_DETAIL),
                         .hint = text_of(answer, PG_DIAG_MESSAGE_HINT)});
}

bool is_copy(ExecStatusType status) {
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

bool is_error(ExecStatusType status) {
    return status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE;
}

}  // namespace

execute_operation::execute_operation(pg_conn* handle, const std::string& sql,
                                     const parameters& values)
    : handle_(handle) {
    if (sql.find('\0') != std::string::npos) {
        throw conversion_error("the statement holds a zero byte");
    }
    if (values.size() > max_parameters) {
        throw conversion_error("a statement takes at most 65535 parameters; this one has " +
                               std::to_string(values.size()));
    }
    std::vector<const char*> texts;
    texts.reserve(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::optional<std::string>& text = values.text(i);
        texts.push_back(text ? text->c_str() : nullptr);
    }
    if (PQsetnonblocking(handle_, 1) != 0 ||
        PQsendQueryParams(handle_, sql.c_str(), static_cast<int>(texts.size()), nullptr,
                          texts.data(), nullptr, nullptr, 0) == 0) {
        throw connection_error(
            connection_phase::established,
            std::string("cannot send the statement: ") + PQerrorMessage(handle_));
    }
}

void execute_operation::fail() const {
    std::string text = PQerrorMessage(handle_);
    throw connection_error(
        connection_phase::established,
        "the connection broke while a statement was under way; it may have run: " +
            std::move(text));
}

// Sending and reading take turns: a server that waits to be read from would never read the rest.
// Where either fails, what has come in by then is still read: the server's last words say why.
wait_for execute_operation::step() {
    int unsent = flushed_ ? 0 : PQflush(handle_);
    const bool readable = PQconsumeInput(handle_) != 0;
    if (unsent > 0 && readable) {
        unsent = PQflush(handle_);
    }
    if (unsent > 0 && readable) {
        return wait_for::readable_or_writable;
    }
    flushed_ = true;
    const bool complete = read_results();
    return complete || unsent < 0 || !readable ? wait_for::done : wait_for::readable;
}

bool execute_operation::read_results() {
    while (PQisBusy(handle_) == 0) {
        pg_result* const next = PQgetResult(handle_);
        if (next == nullptr) {
            return true;
        }
        keep(result(next), next);
        if (PQstatus(handle_) == CONNECTION_BAD) {
            return true;
        }
    }
    return false;
}

void execute_operation::keep(result next, const pg_result* view) {
    if (is_copy(PQresultStatus(view))) {
        // Reading on would wait for ever: the server now expects or sends COPY data.
        throw error("COPY cannot be run as a statement; the connection has been closed");
    }
    if (last_view_ != nullptr && is_error(PQresultStatus(last_view_))) {
        return;  // the first error is the cause
    }
    last_ = std::move(next);
    last_view_ = view;
}

int execute_operation::socket() const {
    return PQsocket(handle_);
}

result execute_operation::take() {
    if (!last_) {
        fail();
    }
    const ExecStatusType status = PQresultStatus(last_view_);
    if (!is_error(status)) {
        return std::move(*last_);
    }
    // An error without SQLSTATE is libpq's own: the connection is gone.
    if (PQresultErrorField(last_view_, PG_DIAG_SQLSTATE) == nullptr) {
        fail();
    }
    throw to_error(last_view_);
}

}  // namespace dsql::pg
