// SPDX-License-Identifier: Apache-2.0
#include "conversation/statement_gate.hpp"

#include "conversation/dsql_errors.hpp"

#include <algorithm>

namespace dsql_local {

statement_gate::statement_gate(std::shared_ptr<shared_state> shared, const time_limits& limits)
    : shared_(std::move(shared)), limits_(limits), seen_version_(shared_->catalogue_version) {}

verdict statement_gate::judge(const sql_statement& statement, time_point now) {
    verdict decision;
    // PostgreSQL refuses all there is in an aborted block, and a COMMIT rolls it back.
    if (!transaction_.is_aborted) {
        decision = decide(statement, now);
    }
    follow(statement, decision.what, now);
    return decision;
}

verdict statement_gate::decide(const sql_statement& statement, time_point now) {
    if (!statement.unsupported.empty()) {
        return {fate::refuse, {.sqlstate = "0A000", .message = statement.unsupported}};
    }
    if (statement.waits_for_job && transaction_.is_block) {
        return {fate::refuse, job_wait_in_block()};
    }
    if (statement.kind == statement_kind::commit && transaction_.is_block) {
        return decide_commit(now);
    }
    return statement.touches_storage ? decide_storage(statement, now) : verdict{};
}

verdict statement_gate::decide_commit(time_point now) {
    if (const auto expired = find_expiry(now)) {
        return {fate::fail_commit, *expired};
    }
    if (transaction_.has_touched) {
        if (const auto changed = find_schema_change()) {
            return {fate::fail_commit, *changed};
        }
    }
    return transaction_.has_written ? strike_commit(fate::fail_commit).value_or(verdict{})
                                    : verdict{};
}

verdict statement_gate::decide_storage(const sql_statement& statement, time_point now) {
    if (const auto expired = find_expiry(now)) {
        return {fate::refuse, *expired};
    }
    if (const auto changed = find_schema_change()) {
        return {fate::refuse, *changed};
    }
    if (shared_->faults.strike(fault::server_unavailable)) {
        return {fate::refuse, server_unavailable()};
    }
    const bool commits = statement.writes && !transaction_.is_block;
    return commits ? strike_commit(fate::refuse, !statement.is_copy).value_or(verdict{})
                   : verdict{};
}

// The faults of something that commits changes, where `refusing` is how it is kept from it.
std::optional<verdict> statement_gate::strike_commit(fate refusing, bool can_go_unanswered) {
    fault_table& faults = shared_->faults;
    if (faults.strike(fault::data_conflict)) {
        return verdict{refusing, data_conflict()};
    }
    if (faults.strike(fault::schema_conflict)) {
        return verdict{refusing, schema_conflict()};
    }
    if (faults.strike(fault::cut_before_commit)) {
        return verdict{fate::cut_before, {}};
    }
    if (can_go_unanswered && faults.strike(fault::cut_after_commit)) {
        return verdict{fate::cut_after, {}};
    }
    if (const auto value = faults.strike(fault::server_unavailable_at_commit)) {
        return verdict{*value == "committed" ? fate::replace_answer : refusing,
                       server_unavailable()};
    }
    return std::nullopt;
}

std::optional<refusal> statement_gate::find_expiry(time_point now) const {
    const auto age = now - transaction_.begin;
    const bool is_over =
        transaction_.is_block && limits_.transaction.count() > 0 && age > limits_.transaction;
    return is_over ? std::optional(transaction_too_old(limits_.transaction, age)) : std::nullopt;
}

// Told once: the first retry goes through.
std::optional<refusal> statement_gate::find_schema_change() {
    const std::uint64_t current = shared_->catalogue_version;
    if (current == seen_version_) {
        return std::nullopt;
    }
    seen_version_ = current;
    return schema_conflict();
}

void statement_gate::follow(const sql_statement& statement, fate what, time_point now) {
    const bool ends =
        statement.kind == statement_kind::commit || statement.kind == statement_kind::rollback;
    if (what == fate::refuse) {
        transaction_.is_aborted = transaction_.is_block;
    } else if (ends) {
        const bool goes_on = statement.chains && transaction_.is_block;
        transaction_ = {};
        transaction_.is_block = goes_on && what != fate::fail_commit;
        transaction_.begin = now;
    } else if (statement.kind == statement_kind::begin && !transaction_.is_block) {
        transaction_ = {.is_block = true, .begin = now};
    } else if (transaction_.is_block) {
        transaction_.has_touched = transaction_.has_touched || statement.touches_storage;
        transaction_.has_written = transaction_.has_written || statement.writes;
    }
    if (what == fate::forward && statement.is_ddl) {
        follow_ddl(statement);
    }
}

void statement_gate::follow_ddl(const sql_statement& statement) {
    if (statement.is_temporary) {
        temporary_objects_.insert(statement.objects.begin(), statement.objects.end());
    }
}

bool statement_gate::is_permanent(const sql_statement& statement) const {
    const auto is_known = [this](const std::string& name) {
        return temporary_objects_.count(name) != 0;
    };
    return statement.is_ddl && !statement.is_temporary &&
           (statement.objects.empty() ||
            !std::all_of(statement.objects.begin(), statement.objects.end(), is_known));
}

void statement_gate::take_back_to(const statement_gate& before) {
    transaction_ = before.transaction_;
    transaction_.is_aborted = transaction_.is_block;
    temporary_objects_ = before.temporary_objects_;
}

void statement_gate::settle(char status, time_point now) {
    if (status == 'I') {
        transaction_ = {};
    } else if (!transaction_.is_block) {  // begun in a way that the words did not tell
        transaction_ = {.is_block = true, .begin = now};
    }
    transaction_.is_aborted = status == 'E';
}

// Somebody else's change in between is yet to be told.
void statement_gate::note_own_ddl() {
    const std::uint64_t before = shared_->catalogue_version++;
    if (before == seen_version_) {
        seen_version_ = before + 1;
    }
}

}  // namespace dsql_local
