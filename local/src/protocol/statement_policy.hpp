// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/repeatable_transaction.hpp"
#include "protocol/shared_state.hpp"
#include "sql/sql_statement.hpp"
#include "wire/messages.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace dsql_local {

/// What to do with a statement and its result.
enum class action {
    forward,         ///< forward it unchanged
    reject,          ///< fail it with an error; within a transaction block, abort the block
    fail_commit,     ///< roll back the transaction and return an error
    cut_before,      ///< close the connection instead of executing it
    cut_after,       ///< execute it, then close the connection instead of returning the result
    replace_result,  ///< execute it, then return an error instead of the result
};

struct decision {
    action what = action::forward;
    wire::error_response error = {};
};

/// Whether a transaction block is open, and whether it has failed.
struct block_state {
    bool is_open = false;
    bool is_aborted = false;

    /// Whether statements in it are executed.
    bool is_active() const noexcept { return is_open && !is_aborted; }
};

/// Decides what happens to the statements of one session. Implements DSQL's rules for conflicts,
/// time limits and settings, and the faults that are set. Because clients pipeline, it predicts the
/// state of the transaction from the statements it has forwarded. synchronize() corrects the
/// prediction at each ReadyForQuery.
class statement_policy {
public:
    using time_point = std::chrono::steady_clock::time_point;

    statement_policy(std::shared_ptr<shared_state> shared, const time_limits& limits);

    /// Decides about a statement and assumes that the decision is carried out. `fate` is that of
    /// the open transaction.
    decision evaluate(const sql_statement& statement, time_point now,
                      repeatable_transaction::fate fate = repeatable_transaction::fate::open);

    /// The expected state of the transaction block.
    block_state block() const noexcept {
        return {.is_open = transaction_.is_block, .is_aborted = transaction_.is_aborted};
    }

    /// Decides whether a statement can be prepared. What depends on the transaction is decided when
    /// it is executed.
    decision evaluate_parse(const sql_statement& statement);

    /// Outside a transaction block, a simple query or everything up to a Sync is a transaction of
    /// its own. Call it where one ends.
    void end_implicit_transaction();

    /// Adopts `status`, the transaction status of the last ReadyForQuery, as the real state.
    /// Precondition: no statement is pending that begins or ends a transaction.
    void synchronize(char status, time_point now);

    /// Call it after the session has committed a schema change, which must not count as a conflict
    /// for this session.
    void record_own_ddl();

    /// Call it when the session gets OC001 for a schema change of another session. The endpoint may
    /// see the COMMIT of that change only later, and then does not report it a second time.
    void expect_schema_change() noexcept { expects_schema_change_ = true; }

    /// Whether a statement is DDL that other sessions see, because it is not about temporary
    /// objects.
    bool is_permanent(const sql_statement& statement) const;

private:
    // The predicted state of the transaction.
    struct transaction {
        bool is_block = false;
        bool is_aborted = false;
        bool has_touched = false;
        bool has_written = false;
        time_point begin = {};
    };

    // What the transaction has done, be it a block or not.
    struct kinds_of_work {
        bool has_ddl = false;
        bool has_dml = false;
    };

    decision decide(const sql_statement& statement, time_point now,
                    repeatable_transaction::fate fate);
    std::optional<wire::error_response> find_refusal(const sql_statement& statement) const;
    std::optional<wire::error_response> find_mixture_error(const sql_statement& statement) const;
    decision decide_commit(time_point now, repeatable_transaction::fate fate);
    decision decide_storage(const sql_statement& statement, time_point now);
    std::optional<decision> strike_commit_fault(action rejection, bool can_lose_result = true);
    std::optional<wire::error_response> find_age_error(time_point now) const;
    std::optional<wire::error_response> find_schema_conflict();
    void track(const sql_statement& statement, action action_taken, time_point now);
    void track_ddl(const sql_statement& statement);

    std::shared_ptr<shared_state> shared_;
    time_limits limits_;
    std::uint64_t seen_version_;
    bool expects_schema_change_ = false;
    transaction transaction_;
    kinds_of_work work_;
    bool allows_sync_index_ = false;  // SET disable_sync_create_index = off
    std::set<std::string> temporary_objects_;
};

}  // namespace dsql_local
