// SPDX-License-Identifier: Apache-2.0
#include "pg/session/unasked_input.hpp"

#include <dsql/error.hpp>

#include "base/text.hpp"
#include "errors/server_report.hpp"
#include "errors/statement_context.hpp"
#include "pg/error_report.hpp"
#include "pg/io/input.hpp"
#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <cerrno>
#include <new>
#include <string>
#include <string_view>
#include <system_error>

namespace dsql::pg {

namespace {

// The server ended the session before the statement was sent.
class unsent_statement_error final : public server_error {
public:
    using server_error::server_error;
    [[nodiscard]] bool statement_may_have_run() const noexcept override { return false; }
};

bool ends_session(std::string_view severity) noexcept {
    return severity == "FATAL" || severity == "PANIC";
}

std::string_view severity_of(const pg_result* notice) noexcept {
    const char* const text = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

}  // namespace

bool unasked_input::note(const pg_result* notice) noexcept {
    if (PQresultErrorField(notice, PG_DIAG_SQLSTATE) == nullptr) {
        has_other_ = true;
        return true;
    }
    const std::string_view severity = severity_of(notice);
    if (severity != "ERROR" && !ends_session(severity)) {
        return false;
    }
    try {
        if (!error_) {
            error_ = fields_of(notice);
        }
    } catch (const std::bad_alloc&) {
        has_other_ = true;
    }
    return true;
}

bool unasked_input::has_ended_session() const noexcept {
    return error_ && ends_session(error_->severity);
}

bool session::read_idle_input() noexcept {
    parses_idle_input_ = true;
    const bool is_up = parse_idle_input(handle_.get(), idle_messages_);
    parses_idle_input_ = false;
    if (!is_up && PQstatus(handle_.get()) == CONNECTION_OK) {
        unasked_.note_other();
    }
    return is_up && unasked_.is_in_step() && is_open();
}

// The first condition is all that a statement costs: what libpq has read beyond the end of the last
// result, and what it has not read.
[[gnu::hot]] void session::require_in_step(const sql_text& sql) {
    parses_idle_input_ = true;
    parse_read_input(handle_.get());
    parses_idle_input_ = false;
    const bool is_up = PQstatus(handle_.get()) == CONNECTION_OK;
    if (is_up && unasked_.is_in_step() && !has_input(handle_.get())) [[likely]] {
        idle_messages_.restart();
        return;
    }
    const auto queueing = queue_notices();
    if (!read_idle_input()) {
        throw_out_of_step(sql);
    }
    idle_messages_.restart();
}

void session::throw_out_of_step(const sql_text& sql) {
    const bool is_broken = PQstatus(handle_.get()) != CONNECTION_OK;
    const std::string why = is_broken ? ": " + last_message(handle_.get()) : std::string();
    close();
    if (unasked_.has_ended_session()) {
        throw unsent_statement_error(*unasked_.error(), std::string(sql.text()), sql.where());
    }
    const std::string context = detail::statement_context(sql.text(), sql.where());
    if (is_broken && unasked_.is_in_step()) {
        throw connection_error(
            connection_phase::established,
            "the connection was lost before the statement was sent" + why + context,
            connection_cause{.code = {ECONNRESET, std::system_category()}});
    }
    throw connection_error(
        connection_phase::established,
        "the server has sent a result or an error that belongs to no statement, and the connection "
        "has been closed; the statement was not sent" +
            (unasked_.error() ? ": " + detail::foreign_text(unasked_.error()->message)
                              : std::string()) +
            context,
        connection_cause{.code = {EPROTO, std::system_category()}});
}

}  // namespace dsql::pg
