// SPDX-License-Identifier: Apache-2.0
// When a session stops trusting what it has prepared. The server plans a prepared statement anew
// when the schema changes, but the types that it has worked out for parameters stay as they were: a
// text that was read as a date when the column was one is cut to a date for ever.
#include <dsql/occ_conflict.hpp>

#include "errors/server_report.hpp"
#include "pg/exchange/batch_reader.hpp"
#include "pg/session/session.hpp"

#include <utility>

namespace dsql::pg {

void session::catch_up() {
    const std::uint64_t current = schema_->current();
    if (seen_schema_ != current) [[unlikely]] {
        prepared_.forget_all();
        seen_schema_ = current;
    }
    if (must_forget_) [[unlikely]] {
        must_forget_ = false;
        prepared_.forget_all();
        if (!is_in_transaction()) {
            apply_pending_effects();
        }
    }
    if (!queued_notices_.empty()) [[unlikely]] {
        hand_over_notices();
    }
}

// Other connections see a change of schema when its transaction ends, this one sees it at once; and
// both a schema and a setting are as they were before when the transaction is rolled back.
void session::note_effects(const statement_traits& traits) {
    changed_names_ |= traits.changes_settings;
    if (traits.may_outdate_statements()) {
        prepared_.forget_all();
        pending_effects_.add_changes_of(traits);
    }
    if (!is_in_transaction()) {
        apply_pending_effects();
    }
}

void session::apply_pending_effects() {
    const statement_traits pending = std::exchange(pending_effects_, {});
    if (pending.changes_schema) {
        schema_->advance();  // this connection's own as well: see catch_up
    } else if (pending.changes_settings) {
        prepared_.forget_all();
    }
}

void session::note_error(const server_error& failure) {
    if (!is_open() || failure.connection_lost() || in_pipeline_) {
        close();  // FATAL: the server ends the session. Or pipeline mode could not be left.
        return;
    }
    // All that is prepared, for a change by others seldom concerns one statement.
    if (conflict_kind_of(failure.fields()) == conflict_kind::schema) {
        prepared_.forget_all();
    }
    if (!is_in_transaction()) {
        apply_pending_effects();
    }
}

bool session::can_recover(const server_error& failure, const sql_text& sql,
                          std::span<const oid> types) {
    if (!is_open()) {
        return false;
    }
    if (detail::is_stale_statement(failure)) {
        prepared_.forget_all();
        return true;
    }
    if (!ran_kept_ || !detail::may_come_of_old_schema(failure)) {
        return false;
    }
    if (sql.prepared() == nullptr) {
        return prepared_.drop_if_typed_by_server(sql.text(), types);
    }
    explicit_statement* const kept = prepared_.find_explicit(sql.prepared()->sql());
    if (kept != nullptr) {
        kept->is_stale = true;
    }
    return kept != nullptr;
}

// A batch that ends a transaction in its middle has kept what stands before that, and is not run
// again.
bool session::can_recover(const batch_error& failure, const batch& statements) {
    batch_reader reader(statements);
    const std::size_t failed = failure.index();
    bool is_recoverable =
        failed < reader.size() &&
        can_recover(failure, reader.sql(failed), reader.values(failed).parameter_types());
    for (std::size_t i = 0; is_recoverable && i < reader.size(); ++i) {
        is_recoverable = !reader.traits(i).ends_transaction;
    }
    return is_recoverable;
}

}  // namespace dsql::pg
