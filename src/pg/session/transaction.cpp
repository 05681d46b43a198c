// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/transaction.hpp>

#include "errors/server_unavailable.hpp"
#include "pg/first_words.hpp"
#include "pg/session/session.hpp"
#include "statement_context.hpp"

#include <libpq-fe.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql {

namespace {

// How long a destructor may wait for the server.
constexpr within patience_of_destructors{std::chrono::seconds(1)};

// One with a stream or COPY under way is neither: that is told by what follows.
bool is_in_transaction(const pg::session& session) {
    if (!session.is_open()) {
        return false;
    }
    const PGTransactionStatusType status = PQtransactionStatus(session.handle());
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

[[noreturn]] void throw_unknown(const char* why) {
    throw commit_unknown_error(
        std::string("COMMIT was sent and not answered: the transaction may have been "
                    "committed or not; the cause: ") +
        why);
}

template <class Failure>
[[noreturn]] void rethrow_unless_unknown(const Failure& failure) {
    if (failure.statement_may_have_run()) {
        throw_unknown(failure.what());
    }
    throw;
}

// Passes on what COMMIT has thrown, as `commit_unknown_error` where its answer never came.
[[noreturn]] void rethrow_commit_failure(bool still_connected) {
    try {
        throw;
    } catch (const server_error& failure) {
        // Last words of a server that went away, or that cannot say what it has done.
        if (!still_connected || detail::is_server_unavailable(failure)) {
            throw_unknown(failure.what());
        }
        throw;
    } catch (const connection_error& failure) {
        rethrow_unless_unknown(failure);
    } catch (const timeout_error& failure) {
        rethrow_unless_unknown(failure);
    } catch (const cancelled_error& failure) {
        rethrow_unless_unknown(failure);
    }
}

// A COMMIT of the program's own. Source: PostgreSQL, "COMMIT".
bool is_commit(std::string_view sql) {
    const std::vector<std::string> words = detail::first_words(sql, 1);
    return !words.empty() && (words[0] == "COMMIT" || words[0] == "END");
}

}  // namespace

transaction::transaction(pg::session& session, const call_limits& limits,
                         const transaction_options& options, source_location where)
    : session_(&session) {
    if (is_in_transaction(session)) {
        throw error(
            "the connection is inside a transaction; there are no nested ones and no savepoints" +
            detail::statement_context("BEGIN", where));
    }
    static_cast<void>(
        session.control(limits, sql_text(options.read_only ? "BEGIN READ ONLY" : "BEGIN", where)));
}

transaction::transaction(transaction&& other) noexcept
    : query_functions(other),
      bulk_functions(other),
      session_(std::exchange(other.session_, nullptr)),
      is_committed_(other.is_committed_) {}

transaction& transaction::operator=(transaction&& other) noexcept {
    if (this != &other) {
        abandon();
        session_ = std::exchange(other.session_, nullptr);
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
    if (session_->is_idle()) {
        throw error("the transaction is over: a statement of its own has ended it");
    }
    return *session_;
}

// Closing the connection rolls back as well.
void transaction::abandon() noexcept {
    pg::session* const session = std::exchange(session_, nullptr);
    if (session == nullptr || !session->is_open()) {
        return;
    }
    try {
        static_cast<void>(session->control(patience_of_destructors, "ROLLBACK"));
    } catch (...) {
        session->close();
    }
}

void transaction::commit(const call_limits& limits, source_location where) {
    pg::session& committing = session();
    const result answer = [&] {
        try {
            return committing.control(limits, sql_text("COMMIT", where));
        } catch (...) {
            forget_if_over();
            rethrow_commit_failure(committing.is_open());
        }
    }();
    session_ = nullptr;
    if (answer.command_tag() == "ROLLBACK") {
        throw transaction_rolled_back_error(
            "COMMIT was answered with ROLLBACK: a statement of the transaction had failed, and "
            "nothing of it remains");
    }
    is_committed_ = true;
}

void transaction::forget_if_over() noexcept {
    if (!session_->is_open() || session_->is_idle()) {
        session_ = nullptr;
    }
}

void transaction::rollback(const call_limits& limits, source_location where) {
    if (session_ == nullptr) {
        return;
    }
    try {
        static_cast<void>(session_->control(limits, sql_text("ROLLBACK", where)));
    } catch (...) {
        forget_if_over();  // else the destructor tries once more
        throw;
    }
    session_ = nullptr;
}

bool transaction::is_active() const noexcept {
    return session_ != nullptr && !session_->is_idle();
}

result transaction::run_statement(const call_limits& limits, const sql_text& sql,
                                  const detail::argument_view& values) {
    pg::session& running = session();
    try {
        result answer = running.execute(limits, sql, values);
        is_committed_ = running.is_idle() && answer.command_tag() == "COMMIT";
        return answer;
    } catch (...) {
        if (is_commit(sql.text())) {
            rethrow_commit_failure(running.is_open());
        }
        throw;
    }
}

batch_results transaction::run_batch(const call_limits& limits, const batch& statements) {
    return batch_results(session().run(limits, statements));
}

}  // namespace dsql
