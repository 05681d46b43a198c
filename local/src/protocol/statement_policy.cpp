// SPDX-License-Identifier: Apache-2.0
#include "protocol/statement_policy.hpp"

#include "protocol/dsql_errors.hpp"
#include "sql/dsql_rules.hpp"

#include <algorithm>
#include <utility>

namespace dsql_local {
namespace {

wire::error_response to_error(const refusal& refused) {
    return {.sqlstate = refused.sqlstate, .message = refused.message, .detail = refused.detail};
}

}  // namespace

statement_policy::statement_policy(std::shared_ptr<shared_state> shared, const time_limits& limits)
    : shared_(std::move(shared)), limits_(limits), seen_version_(shared_->catalogue_version) {}

decision statement_policy::evaluate(const sql_statement& statement, time_point now,
                                    repeatable_transaction::fate fate) {
    decision decided;
    // In an aborted block, PostgreSQL itself rejects every statement, and COMMIT rolls back.
    if (!transaction_.is_aborted) {
        decided = decide(statement, now, fate);
    }
    track(statement, decided.what, now);
    return decided;
}

decision statement_policy::evaluate_parse(const sql_statement& statement) {
    const auto refused = transaction_.is_aborted ? std::nullopt : find_refusal(statement);
    if (!refused) {
        return {};
    }
    transaction_.is_aborted = transaction_.is_block;
    return {action::reject, *refused};
}

std::optional<wire::error_response> statement_policy::find_refusal(
    const sql_statement& statement) const {
    const auto& refused = statement.refused;
    if (!refused || (refused->is_sync_index && allows_sync_index_)) {
        return std::nullopt;
    }
    return to_error(*refused);
}

// A transaction of DSQL is one statement of DDL, or any number of others.
std::optional<wire::error_response> statement_policy::find_mixture_error(
    const sql_statement& statement) const {
    if (shared_->dialect != sql_dialect::dsql) {
        return std::nullopt;
    }
    if (statement.is_ddl && work_.has_ddl) {
        return to_error(refuse("second ddl"));
    }
    if ((statement.is_ddl && work_.has_dml) || (statement.writes && work_.has_ddl)) {
        return to_error(refuse("ddl and dml"));
    }
    return std::nullopt;
}

void statement_policy::end_implicit_transaction() {
    if (!transaction_.is_block) {
        work_ = {};
    }
}

decision statement_policy::decide(const sql_statement& statement, time_point now,
                                  repeatable_transaction::fate fate) {
    if (const auto refused = find_refusal(statement)) {
        return {action::reject, *refused};
    }
    if (const auto mixed = find_mixture_error(statement)) {
        return {action::reject, *mixed};
    }
    if (statement.waits_for_job && transaction_.is_block) {
        return {action::reject, job_wait_in_block()};
    }
    if (statement.kind == statement_kind::commit && transaction_.is_block) {
        return decide_commit(now, fate);
    }
    if (fate == repeatable_transaction::fate::lost && transaction_.is_block &&
        statement.kind != statement_kind::rollback) {
        return {action::reject, data_conflict()};
    }
    return statement.touches_storage ? decide_storage(statement, now) : decision{};
}

decision statement_policy::decide_commit(time_point now, repeatable_transaction::fate fate) {
    if (const auto expired = find_age_error(now)) {
        return {action::fail_commit, *expired};
    }
    if (fate != repeatable_transaction::fate::open) {
        return {action::fail_commit, data_conflict()};
    }
    if (transaction_.has_touched) {
        if (const auto changed = find_schema_conflict()) {
            return {action::fail_commit, *changed};
        }
    }
    return transaction_.has_written ? strike_commit_fault(action::fail_commit).value_or(decision{})
                                    : decision{};
}

decision statement_policy::decide_storage(const sql_statement& statement, time_point now) {
    if (const auto expired = find_age_error(now)) {
        return {action::reject, *expired};
    }
    if (const auto changed = find_schema_conflict()) {
        return {action::reject, *changed};
    }
    if (shared_->faults.strike(fault::server_unavailable)) {
        return {action::reject, server_unavailable()};
    }
    const bool commits = statement.may_write && !transaction_.is_block;
    return commits ? strike_commit_fault(action::reject, !statement.is_copy).value_or(decision{})
                   : decision{};
}

// Applies the faults for a statement that commits changes. `rejection` is the action that keeps it
// from committing.
std::optional<decision> statement_policy::strike_commit_fault(action rejection,
                                                              bool can_lose_result) {
    fault_table& faults = shared_->faults;
    if (faults.strike(fault::data_conflict)) {
        return decision{rejection, data_conflict()};
    }
    if (faults.strike(fault::schema_conflict)) {
        return decision{rejection, schema_conflict()};
    }
    if (faults.strike(fault::cut_before_commit)) {
        return decision{action::cut_before, {}};
    }
    if (can_lose_result && faults.strike(fault::cut_after_commit)) {
        return decision{action::cut_after, {}};
    }
    if (const auto value = faults.strike(fault::server_unavailable_at_commit)) {
        return decision{*value == "committed" ? action::replace_result : rejection,
                        server_unavailable()};
    }
    return std::nullopt;
}

std::optional<wire::error_response> statement_policy::find_age_error(time_point now) const {
    const auto age = now - transaction_.begin;
    const bool is_over =
        transaction_.is_block && limits_.transaction.count() > 0 && age > limits_.transaction;
    return is_over ? std::optional(transaction_too_old(limits_.transaction, age)) : std::nullopt;
}

// Reports a schema change once, so that the first retry succeeds.
std::optional<wire::error_response> statement_policy::find_schema_conflict() {
    const std::uint64_t before = std::exchange(seen_version_, shared_->catalogue_version);
    const bool was_told = std::exchange(expects_schema_change_, false);
    return before == seen_version_ || was_told ? std::nullopt : std::optional(schema_conflict());
}

void statement_policy::track(const sql_statement& statement, action action_taken, time_point now) {
    const bool ends =
        statement.kind == statement_kind::commit || statement.kind == statement_kind::rollback;
    if (action_taken == action::reject) {
        transaction_.is_aborted = transaction_.is_block;
    } else if (ends) {
        work_ = {};
        const bool goes_on = statement.chains && transaction_.is_block;
        transaction_ = {};
        transaction_.is_block = goes_on && action_taken != action::fail_commit;
        transaction_.begin = now;
    } else if (statement.kind == statement_kind::begin && !transaction_.is_block) {
        transaction_ = {.is_block = true, .begin = now};
    } else if (transaction_.is_block) {
        transaction_.has_touched = transaction_.has_touched || statement.touches_storage;
        transaction_.has_written = transaction_.has_written || statement.may_write;
    }
    if (action_taken == action::reject || transaction_.is_aborted) {
        return;
    }
    work_.has_ddl = work_.has_ddl || statement.is_ddl;
    work_.has_dml = work_.has_dml || statement.writes;
    if (action_taken == action::forward && statement.is_ddl) {
        track_ddl(statement);
    }
    if (statement.disables_sync_index) {
        allows_sync_index_ = !*statement.disables_sync_index;
    }
}

void statement_policy::track_ddl(const sql_statement& statement) {
    if (statement.is_temporary) {
        temporary_objects_.insert(statement.objects.begin(), statement.objects.end());
    }
}

bool statement_policy::is_permanent(const sql_statement& statement) const {
    const auto is_known = [this](const std::string& name) {
        return temporary_objects_.count(name) != 0;
    };
    return statement.is_ddl && !statement.is_temporary &&
           (statement.objects.empty() ||
            !std::all_of(statement.objects.begin(), statement.objects.end(), is_known));
}

void statement_policy::synchronize(char status, time_point now) {
    if (status == 'I') {
        transaction_ = {};
        work_ = {};
    } else if (!transaction_
                    .is_block) {  // a block was begun in a way that the keywords do not show
        transaction_ = {.is_block = true, .begin = now};
    }
    transaction_.is_aborted = status == 'E';
}

// If another session changed the schema in between, that conflict must still be reported.
void statement_policy::record_own_ddl() {
    const std::uint64_t before = shared_->catalogue_version++;
    if (before == seen_version_) {
        seen_version_ = before + 1;
    }
}

}  // namespace dsql_local
