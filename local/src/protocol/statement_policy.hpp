// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "protocol/shared_state.hpp"
#include "sql/sql_statement.hpp"
#include "wire/error_response.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace dsql_local {

/// What becomes of a statement, and of its answer.
enum class action {
    forward,         ///< as it is
    refuse,          ///< an error instead; in a block that aborts it
    fail_commit,     ///< an error that ends the transaction without its changes
    cut_before,      ///< the connection is closed instead
    cut_after,       ///< it is carried out; instead of the answer the connection is closed
    replace_answer,  ///< it is carried out, and an error is the answer
};

struct decision {
    action what = action::forward;
    refusal why = {};
};

/// Decides what becomes of the statements of one session: DSQL's rules on conflicts, time and
/// settings, and the faults that are set. As clients pipeline, it goes by what it has let through
/// and not by what PostgreSQL has answered, until there is nothing left to be answered.
class statement_policy {
public:
    using time_point = std::chrono::steady_clock::time_point;

    statement_policy(std::shared_ptr<shared_state> shared, const time_limits& limits);

    /// The statement is about to go to PostgreSQL.
    decision evaluate(const sql_statement& statement, time_point now);

    /// What was judged since `before` was copied from this gate has not gone to PostgreSQL, but an
    /// error in its place has.
    void take_back_to(const statement_policy& before);

    /// Everything was answered, and this is the transaction status that came last.
    void settle(char status, time_point now);

    /// The session's own change of the catalogue is committed.
    void note_own_ddl();

    /// Does the DDL change the catalogue for others too?
    bool is_permanent(const sql_statement& statement) const;

private:
    // What is known of the transaction.
    struct transaction {
        bool is_block = false;
        bool is_aborted = false;
        bool has_touched = false;
        bool has_written = false;
        time_point begin = {};
    };

    decision decide(const sql_statement& statement, time_point now);
    decision decide_commit(time_point now);
    decision decide_storage(const sql_statement& statement, time_point now);
    std::optional<decision> strike_commit(action refusing, bool can_go_unanswered = true);
    std::optional<refusal> find_expiry(time_point now) const;
    std::optional<refusal> find_schema_change();
    void follow(const sql_statement& statement, action what, time_point now);
    void follow_ddl(const sql_statement& statement);

    std::shared_ptr<shared_state> shared_;
    time_limits limits_;
    std::uint64_t seen_version_;
    transaction transaction_;
    std::set<std::string> temporary_objects_;
};

}  // namespace dsql_local
