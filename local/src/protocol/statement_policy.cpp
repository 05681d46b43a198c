// SPDX-License-Identifier: Apache-2.0
#include "protocol/statement_policy.hpp"

#include "protocol/dsql_errors.hpp"

#include <algorithm>

namespace dsql_local {

statement_policy::statement_policy(std::shared_ptr<shared_state> shared, const time_limits& limits)
    : shared_(std::move(shared)), limits_(limits), seen_version_(shared_->catalogue_version) {}

decision statement_policy::evaluate(const sql_statement& statement, time_point now) {
    decision decided;
    // PostgreSQL refuses all there is in an aborted block, and a COMMIT rolls it back.
    if (!transaction_.is_aborted) {
        decided = decide(statement, now);
    }
    follow(statement, decided.what, now);
    return decided;
}

decision statement_policy::decide(const sql_statement& statement, time_point now) {
    if (!statement.unsupported.empty()) {
        return {action::refuse, {.sqlstate = "0A000", .message = statement.unsupported}};
    }
    if (statement.waits_for_job && transaction_.is_block) {
        return {action::refuse, job_wait_in_block()};
    }
    if (statement.kind == statement_kind::commit && transaction_.is_block) {
        return decide_commit(now);
    }
    return statement.touches_storage ? decide_storage(statement, now) : decision{};
}

decision statement_policy::decide_commit(time_point now) {
    if (const auto expired = find_expiry(now)) {
        return {action::fail_commit, *expired};
    }
    if (transaction_.has_touched) {
        if (const auto changed = find_schema_change()) {
            return {action::fail_commit, *changed};
        }
    }
    return transaction_.has_written ? strike_commit(action::fail_commit).value_or(decision{})
                                    : decision{};
}

decision statement_policy::decide_storage(const sql_statement& statement, time_point now) {
    if (const auto expired = find_expiry(now)) {
        return {action::refuse, *expired};
    }
    if (const auto changed = find_schema_change()) {
        return {action::refuse, *changed};
    }
    if (shared_->faults.strike(fault::server_unavailable)) {
        return {action::refuse, server_unavailable()};
    }
    const bool commits = statement.writes && !transaction_.is_block;
    return commits ? strike_commit(action::refuse, !statement.is_copy).value_or(decision{})
                   : decision{};
}

// The faults of something that commits changes, where `refusing` is how it is kept from it.
std::optional<decision> statement_policy::strike_commit(action refusing, bool can_go_unanswered) {
    fault_table& faults = shared_->faults;
    if (faults.strike(fault::data_conflict)) {
        return decision{refusing, data_conflict()};
    }
    if (faults.strike(fault::schema_conflict)) {
        return decision{refusing, schema_conflict()};
    }
    if (faults.strike(fault::cut_before_commit)) {
        return decision{action::cut_before, {}};
    }
    if (can_go_unanswered && faults.strike(fault::cut_after_commit)) {
        return decision{action::cut_after, {}};
    }
    if (const auto value = faults.strike(fault::server_unavailable_at_commit)) {
        return decision{*value == "committed" ? action::replace_answer : refusing,
                        server_unavailable()};
    }
    return std::nullopt;
}

std::optional<refusal> statement_policy::find_expiry(time_point now) const {
    const auto age = now - transaction_.begin;
    const bool is_over =
        transaction_.is_block && limits_.transaction.count() > 0 && age > limits_.transaction;
    return is_over ? std::optional(transaction_too_old(limits_.transaction, age)) : std::nullopt;
}

// Told once: the first retry goes through.
std::optional<refusal> statement_policy::find_schema_change() {
    const std::uint64_t current = shared_->catalogue_version;
    if (current == seen_version_) {
        return std::nullopt;
    }
    seen_version_ = current;
    return schema_conflict();
}

void statement_policy::follow(const sql_statement& statement, action what, time_point now) {
    const bool ends =
        statement.kind == statement_kind::commit || statement.kind == statement_kind::rollback;
    if (what == action::refuse) {
        transaction_.is_aborted = transaction_.is_block;
    } else if (ends) {
        const bool goes_on = statement.chains && transaction_.is_block;
        transaction_ = {};
        transaction_.is_block = goes_on && what != action::fail_commit;
        transaction_.begin = now;
    } else if (statement.kind == statement_kind::begin && !transaction_.is_block) {
        transaction_ = {.is_block = true, .begin = now};
    } else if (transaction_.is_block) {
        transaction_.has_touched = transaction_.has_touched || statement.touches_storage;
        transaction_.has_written = transaction_.has_written || statement.writes;
    }
    if (what == action::forward && statement.is_ddl) {
        follow_ddl(statement);
    }
}

void statement_policy::follow_ddl(const sql_statement& statement) {
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

void statement_policy::take_back_to(const statement_policy& before) {
    transaction_ = before.transaction_;
    transaction_.is_aborted = transaction_.is_block;
    temporary_objects_ = before.temporary_objects_;
}

void statement_policy::settle(char status, time_point now) {
    if (status == 'I') {
        transaction_ = {};
    } else if (!transaction_.is_block) {  // begun in a way that the words did not tell
        transaction_ = {.is_block = true, .begin = now};
    }
    transaction_.is_aborted = status == 'E';
}

// Somebody else's change in between is yet to be told.
void statement_policy::note_own_ddl() {
    const std::uint64_t before = shared_->catalogue_version++;
    if (before == seen_version_) {
        seen_version_ = before + 1;
    }
}

}  // namespace dsql_local
