// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/transaction.hpp>

#include "base/fork_guard.hpp"
#include "errors/server_report.hpp"
#include "pg/session/session.hpp"
#include "pg/session/transaction_calls.hpp"

#include <chrono>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>

namespace dsql {

namespace {

// How long a destructor may wait for the server.
constexpr within patience_of_destructors{std::chrono::seconds(1)};

// Made before COMMIT is sent, while there is memory, because only `commit_unknown_error` may be
// thrown after that. Never destroyed, because objects with static lifetime may commit in their
// destructors.
const std::exception_ptr& unknown_for_lack_of_memory() {
    const detail::fork_gate no_fork;  // while the variable below is initialized
    static const auto* const prepared =
        new std::exception_ptr(std::make_exception_ptr(commit_unknown_error(
            "COMMIT was sent and not answered: the transaction may have been committed or not; the "
            "cause: out of memory")));
    return *prepared;
}

[[noreturn]] void throw_unknown(const char* why, bool connection_lost = true) {
    try {
        throw commit_unknown_error(
            std::string("COMMIT was sent and not answered: the transaction may have been "
                        "committed or not; the cause: ") +
                why,
            connection_lost);
    } catch (const std::bad_alloc&) {
        std::rethrow_exception(unknown_for_lack_of_memory());
    }
}

// Rethrows the current exception if COMMIT was not sent; otherwise throws `commit_unknown_error`.
[[noreturn]] void rethrow_commit_failure(bool was_sent) {
    if (!was_sent) {
        throw;
    }
    try {
        throw;
    } catch (const error& failure) {
        throw_unknown(failure.what(), failure.connection_lost());
    } catch (const std::exception& failure) {
        throw_unknown(failure.what());
    } catch (...) {
        throw_unknown("an exception of an unknown class");
    }
}

}  // namespace

namespace pg {

task<transaction> transaction_calls::begin(detail::session_pin on, const call_limits& limits,
                                           const transaction_options& options,
                                           source_location where) {
    static_cast<void>(unknown_for_lack_of_memory());
    const sql_text sql(options.read_only ? "BEGIN READ ONLY" : "BEGIN", where);
    const std::uint64_t number = co_await on->begin_transaction(limits, sql);
    co_return transaction(std::move(on), number);
}

task<void> transaction_calls::commit(transaction& ending, const call_limits& limits,
                                     source_location where) {
    const detail::session_pin committing(ending.session_);  // `ending` may be moved during the call
    static_cast<void>(ending.session());
    const std::uint64_t number = ending.number_;
    const sql_text sql("COMMIT", where);
    bool was_sent = false;
    std::optional<result> answer;
    try {
        answer = co_await committing->control(limits, sql, &was_sent);
    } catch (const server_error& failure) {
        if (!was_sent || !(failure.connection_lost() || detail::is_server_unavailable(failure))) {
            ending.end_if_over();
            throw;  // COMMIT was not sent, or the server rejected it
        }
        committing->note_commit(number);
        ending.end_if_over();
        throw_unknown(failure.what(), failure.connection_lost());
    } catch (...) {
        if (was_sent) {
            committing->note_commit(number);
        }
        ending.end_if_over();
        rethrow_commit_failure(was_sent);
    }
    const bool is_rolled_back = answer->command_tag() == "ROLLBACK";
    if (!is_rolled_back) {
        committing->note_commit(number);
    }
    ending.end();
    if (is_rolled_back) {
        throw transaction_rolled_back_error(
            "COMMIT was answered with ROLLBACK: a statement of the transaction had failed, and "
            "nothing of it remains");
    }
}

task<void> transaction_calls::rollback(transaction& ending, const call_limits& limits,
                                       source_location where) {
    if (!ending.session_) {
        co_return;
    }
    const sql_text sql("ROLLBACK", where);
    try {
        static_cast<void>(co_await ending.session_->control(limits, sql));
    } catch (...) {
        ending.end_if_over();  // otherwise the destructor tries again
        throw;
    }
    ending.end();
}

}  // namespace pg

transaction::transaction(detail::session_pin session, std::uint64_t number) noexcept
    : session_(std::move(session)), number_(number) {}

transaction::transaction(transaction&& other) noexcept
    : query_functions(other),
      bulk_functions(other),
      session_(std::move(other.session_)),
      number_(other.number_) {}

transaction& transaction::operator=(transaction&& other) noexcept {
    if (this != &other) {
        abandon();
        session_ = std::move(other.session_);
        number_ = other.number_;
    }
    return *this;
}

transaction::~transaction() {
    abandon();
}

pg::session& transaction::session() {
    if (!session_) {
        throw error("the transaction is over, or was moved from");
    }
    if (has_ended_by_itself()) {
        throw error("the transaction is over: something else than its object has ended it");
    }
    return *session_;
}

bool transaction::has_ended_by_itself() const noexcept {
    return session_ && (session_->is_idle() || !session_->has_transaction(number_));
}

// Releases the session. Called when the transaction has ended or lost its connection, so there is
// nothing to send.
void transaction::end() noexcept {
    if (!session_) {
        return;  // moved while an operation ended it; the new object sees that it is over
    }
    if (session_->has_transaction(number_)) {
        session_->end_transaction();
    }
    session_.reset();
}

detail::session_pin transaction::pin_session(const call_limits&, const source_location&) {
    static_cast<void>(session());
    return session_;
}

// Rolls back. If that fails, closes the connection, and the server rolls back.
void transaction::abandon() noexcept {
    if (!session_) {
        return;
    }
    if (session_->is_open() && !has_ended_by_itself()) {
        try {
            const sql_text sql("ROLLBACK");
            static_cast<void>(session_->wait(session_->control(patience_of_destructors, sql),
                                             patience_of_destructors));
        } catch (...) {
            session_->close("its transaction was given up");
        }
    }
    end();
}

void transaction::commit(const call_limits& limits, source_location where) {
    static_cast<void>(session());
    const detail::session_pin committing(session_);
    committing->wait(pg::transaction_calls::commit(*this, limits, where), limits);
}

void transaction::end_if_over() noexcept {
    if (session_ && (!session_->is_open() || has_ended_by_itself())) {
        end();
    }
}

void transaction::rollback(const call_limits& limits, source_location where) {
    if (session_) {
        const detail::session_pin ending(session_);
        ending->wait(pg::transaction_calls::rollback(*this, limits, where), limits);
    }
}

bool transaction::is_active() const noexcept {
    return session_ && !has_ended_by_itself();
}

result transaction::run_statement(const call_limits& limits, const sql_text& sql,
                                  const detail::argument_view& values) {
    pg::session& running = session();
    if (running.calls_back()) {
        const detail::session_pin pinned = session_;  // see connection::pin_for_call
        return running.wait_for_execute(limits, sql, values);
    }
    return running.wait_for_execute(limits, sql, values);
}

batch_results transaction::run_batch(const call_limits& limits, const batch& statements) {
    pg::session& running = session();
    const detail::session_pin pinned = running.calls_back() ? session_ : detail::session_pin();
    return batch_results(running.wait(running.run(limits, statements), limits));
}

}  // namespace dsql
