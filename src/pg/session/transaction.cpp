// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/transaction.hpp>

#include "errors/server_unavailable.hpp"
#include "pg/session/session.hpp"

#include <chrono>
#include <exception>
#include <new>
#include <string>
#include <utility>

namespace dsql {

namespace {

// How long a destructor may wait for the server.
constexpr within patience_of_destructors{std::chrono::seconds(1)};

// Made while there is memory: once COMMIT has been sent, nothing else may be thrown.
const std::exception_ptr& unknown_for_lack_of_memory() {
    static const std::exception_ptr prepared = std::make_exception_ptr(commit_unknown_error(
        "COMMIT was sent and not answered: the transaction may have been committed or not; the "
        "cause: out of memory"));
    return prepared;
}

[[noreturn]] void throw_unknown(const char* why) {
    try {
        throw commit_unknown_error(
            std::string("COMMIT was sent and not answered: the transaction may have been "
                        "committed or not; the cause: ") +
            why);
    } catch (const std::bad_alloc&) {
        std::rethrow_exception(unknown_for_lack_of_memory());
    }
}

// Passes on what COMMIT has thrown: as it is when COMMIT was not sent or the server has refused it,
// else as `commit_unknown_error`.
[[noreturn]] void rethrow_commit_failure(bool was_sent, bool still_connected) {
    if (!was_sent) {
        throw;
    }
    try {
        throw;
    } catch (const server_error& failure) {
        // Last words of a server that went away, or that cannot say what it has done.
        if (!still_connected || detail::is_server_unavailable(failure)) {
            throw_unknown(failure.what());
        }
        throw;
    } catch (const std::exception& failure) {
        throw_unknown(failure.what());
    } catch (...) {
        throw_unknown("an exception of an unknown class");
    }
}

}  // namespace

transaction::transaction(pg::session& session, const call_limits& limits,
                         const transaction_options& options, source_location where)
    : session_(&session) {
    static_cast<void>(unknown_for_lack_of_memory());
    number_ = session.begin_transaction(
        limits, sql_text(options.read_only ? "BEGIN READ ONLY" : "BEGIN", where));
}

transaction::transaction(transaction&& other) noexcept
    : query_functions(other),
      bulk_functions(other),
      session_(std::exchange(other.session_, nullptr)),
      number_(other.number_),
      is_committed_(other.is_committed_) {}

transaction& transaction::operator=(transaction&& other) noexcept {
    if (this != &other) {
        abandon();
        session_ = std::exchange(other.session_, nullptr);
        number_ = other.number_;
        is_committed_ = other.is_committed_;
    }
    return *this;
}

transaction::~transaction() {
    abandon();
}

pg::session& transaction::session() {
    if (session_ == nullptr) {
        throw error("the transaction is over");
    }
    if (has_ended_by_itself()) {
        throw error("the transaction is over: something else than its object has ended it");
    }
    return *session_;
}

bool transaction::has_ended_by_itself() const noexcept {
    return session_ != nullptr && (session_->is_idle() || !session_->has_transaction(number_));
}

// Of a transaction that has ended, or lost its connection, there is nothing left to do.
void transaction::end() noexcept {
    if (session_->has_transaction(number_)) {
        session_->end_transaction();
    }
    session_ = nullptr;
}

// Closing the connection rolls back as well.
void transaction::abandon() noexcept {
    if (session_ == nullptr) {
        return;
    }
    if (session_->is_open() && !has_ended_by_itself()) {
        try {
            static_cast<void>(session_->control(patience_of_destructors, "ROLLBACK"));
        } catch (...) {
            session_->close();
        }
    }
    end();
}

void transaction::commit(const call_limits& limits, source_location where) {
    pg::session& committing = session();
    bool was_sent = false;
    const result answer = [&] {
        try {
            return committing.control(limits, sql_text("COMMIT", where), was_sent);
        } catch (...) {
            end_if_over();
            rethrow_commit_failure(was_sent, committing.is_open());
        }
    }();
    end();
    if (answer.command_tag() == "ROLLBACK") {
        throw transaction_rolled_back_error(
            "COMMIT was answered with ROLLBACK: a statement of the transaction had failed, and "
            "nothing of it remains");
    }
    is_committed_ = true;
}

void transaction::end_if_over() noexcept {
    if (!session_->is_open() || has_ended_by_itself()) {
        end();
    }
}

void transaction::rollback(const call_limits& limits, source_location where) {
    if (session_ == nullptr) {
        return;
    }
    try {
        static_cast<void>(session_->control(limits, sql_text("ROLLBACK", where)));
    } catch (...) {
        end_if_over();  // else the destructor tries once more
        throw;
    }
    end();
}

bool transaction::is_active() const noexcept {
    return session_ != nullptr && !has_ended_by_itself();
}

result transaction::run_statement(const call_limits& limits, const sql_text& sql,
                                  const detail::argument_view& values) {
    return session().execute(limits, sql, values);
}

batch_results transaction::run_batch(const call_limits& limits, const batch& statements) {
    return batch_results(session().run(limits, statements));
}

}  // namespace dsql
