// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/conflict_ledger.hpp"
#include "protocol/transaction_journal.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// A session's transaction, which can give way to others. On DSQL nobody waits for a lock: both of
/// two transactions that conflict go on, and the first to commit wins. In PostgreSQL the second one
/// waits. So the endpoint rolls an idle transaction that holds a lock back to its beginning, at a
/// hidden savepoint, and executes its statements again before the next one. Their answers must be
/// the same again.
///
/// A transaction that cannot commit any more goes on with copies of the tables that it changes, as
/// they were in its snapshot. If that is impossible, it is lost. Not thread-safe.
class repeatable_transaction {
public:
    enum class fate {
        open,    ///< it may commit
        doomed,  ///< it cannot commit, but can go on
        lost,    ///< it cannot go on, because PostgreSQL does not have its changes any more
    };

    /// The ledger must outlive it.
    explicit repeatable_transaction(conflict_ledger& ledger) : ledger_(&ledger) {}
    ~repeatable_transaction() { end(); }
    repeatable_transaction(const repeatable_transaction&) = delete;
    repeatable_transaction& operator=(const repeatable_transaction&) = delete;

    /// A transaction block begins, or a transaction of statements outside a block. Ends the one
    /// before.
    void begin();
    /// Whether it may commit. It ends either way.
    bool commit();
    /// It ends without changes. Does nothing if there is none.
    void end();
    /// 0 if there is none.
    transaction_id id() const noexcept { return id_; }
    fate expected_fate() const;

    transaction_journal& journal() noexcept { return journal_; }
    const transaction_journal& journal() const noexcept { return journal_; }

    /// Whether it can be rolled back, as far as this class knows: the session must also be idle.
    bool can_give_way() const noexcept;
    /// PostgreSQL is told to roll back to the savepoint.
    void give_way() noexcept { state_ = state::rolled_back; }

    /// Whether its statements must be executed again before anything else.
    bool must_repeat() const noexcept { return state_ == state::rolled_back; }
    bool is_repeating() const noexcept { return state_ == state::repeating; }

    /// It cannot commit, and PostgreSQL is told to roll back to the savepoint: it must be executed
    /// again, with copies. Returns false if that is impossible.
    bool fall_back_on_copies();
    /// Whether the copies must be made before the statements are executed again, or were made.
    bool has_copies() const noexcept { return has_copies_; }

    /// The statements to execute again. If has_copies(), the answer of the statement that makes
    /// them is expected first, and then the answers of these statements, in this order.
    const std::vector<recorded_request>& begin_repetition();
    /// A part of the answers to the statement that is being executed again.
    void add_repeated_answer(std::string_view bytes) noexcept { repeated_answers_.add(bytes); }
    /// The statement that is being executed again is answered, or has failed. Returns false if the
    /// repetition has failed as a whole, and PostgreSQL must roll back to the savepoint.
    bool finish_repeated(bool has_failed);

private:
    enum class state { applied, rolled_back, repeating, lost };

    conflict_ledger* ledger_;
    transaction_id id_ = 0;
    state state_ = state::applied;
    transaction_journal journal_;
    std::size_t repeated_ = 0;  // how many statements have been executed again
    bool is_different_ = false;
    bool has_copies_ = false;
    bool expects_copies_ = false;  // as the next answer
    answer_digest repeated_answers_;
};

}  // namespace dsql_local
