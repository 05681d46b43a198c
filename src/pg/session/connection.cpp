// SPDX-License-Identifier: Apache-2.0
#include <dsql/connection.hpp>
#include <dsql/error.hpp>

#include "pg/io/input.hpp"
#include "pg/io/step_budget.hpp"
#include "pg/session/session.hpp"
#include "pg/session/transaction_calls.hpp"

#include <libpq-fe.h>

#include <atomic>
#include <string>
#include <utility>

namespace dsql {

namespace {

// Returns a prefix that no other adopted connection of this process uses. The library does not know
// which names were prepared on an adopted handle before, and must not use the same ones. The
// counter is global because a handle may be adopted again after it was released.
std::string adopted_prefix() {
    static std::atomic<unsigned> adoptions = 0;
    return "dsql_adopted_" + std::to_string(++adoptions) + "_";
}

}  // namespace

connection::connection(std::shared_ptr<pg::session> session) noexcept
    : session_(std::move(session)) {}
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;
connection::~connection() = default;

connection connection::adopt(pg_conn* owned, const session_options& options) {
    pg::owned_handle handle(owned);
    return connection(std::make_shared<pg::session>(
        std::move(handle), options, std::make_shared<pg::schema_version>(), adopted_prefix()));
}

pg_conn* connection::release() noexcept {
    return session_ == nullptr ? nullptr : session_->release();
}

[[gnu::hot]] pg::session& connection::session() {
    if (session_ == nullptr) {
        throw connection_error("the connection was moved from; nothing was sent", false);
    }
    return *session_;
}

detail::session_pin connection::pin_session(const call_limits&, const source_location&) {
    static_cast<void>(session());
    return detail::session_pin(session_);
}

// A notice handler or an observer may destroy the connection that calls it, or return it to its
// pool. The pin delays that until the call has ended. Without a handler or observer, no pin is
// needed.
[[gnu::hot]] detail::session_pin connection::pin_for_call() {
    return session().calls_back() ? detail::session_pin(session_) : detail::session_pin();
}

transaction connection::begin(const transaction_options& options, source_location where) {
    return begin({}, options, where);
}

transaction connection::begin(const call_limits& limits, const transaction_options& options,
                              source_location where) {
    const detail::session_pin pinned = pin_session(limits, where);
    return pinned->wait(pg::transaction_calls::begin(pinned, limits, options, where), limits);
}

statement connection::prepare(sql_text sql) {
    const detail::session_pin pinned = pin_for_call();
    return session().wait(session().prepare({}, sql), {});
}

statement connection::prepare(const call_limits& limits, sql_text sql) {
    const detail::session_pin pinned = pin_for_call();
    return session().wait(session().prepare(limits, sql), limits);
}

void connection::deallocate(const statement& prepared) {
    const detail::session_pin pinned = pin_for_call();
    session().wait(session().deallocate(prepared), {});
}

void connection::ping(const call_limits& limits, source_location where) {
    const detail::session_pin pinned = pin_for_call();
    const sql_text asking("SELECT 1", where);
    static_cast<void>(session().wait(session().control(limits, asking), limits));
}

bool connection::is_open() const noexcept {
    return session_ != nullptr && session_->is_open();
}

bool connection::is_idle() const noexcept {
    return session_ != nullptr && session_->is_idle();
}

bool connection::is_closed_by_server() const noexcept {
    if (!is_open() || session_->is_in_handler()) {
        return !is_open();  // libpq, which calls the handler, cannot read now
    }
    if (session_->is_in_exchange()) {
        const pg::step_budget budget;
        pg_conn* const handle = session_->handle();  // what arrives belongs to a statement
        return pg::has_input(handle) && (!pg::consume_input(handle) || !is_open());
    }
    const auto queueing = session_->queue_notices();
    return !session_->read_idle_input();
}

void connection::close() noexcept {
    if (session_ != nullptr) {
        session_->close();
    }
}

void connection::set_notice_handler(notice_handler handler) {
    session().set_notice_handler(std::move(handler));
}

void connection::trace(std::FILE* stream) noexcept {
    if (pg_conn* const handle = session_ == nullptr ? nullptr : session_->handle()) {
        stream == nullptr ? PQuntrace(handle) : PQtrace(handle, stream);
    }
}

pg_conn* connection::native_handle() const& noexcept {
    return session_ == nullptr ? nullptr : session_->handle_for_program();
}

[[gnu::hot]] result connection::run_statement(const call_limits& limits, const sql_text& sql,
                                              const detail::argument_view& values) {
    pg::session& running = session();
    if (running.calls_back()) {
        const detail::session_pin pinned = pin_for_call();
        return running.wait_for_execute(limits, sql, values);
    }
    return running.wait_for_execute(limits, sql, values);
}

batch_results connection::run_batch(const call_limits& limits, const batch& statements) {
    const detail::session_pin pinned = pin_for_call();
    return batch_results(session().wait(session().run(limits, statements), limits));
}

}  // namespace dsql
