// SPDX-License-Identifier: Apache-2.0
#include "pg/session/prepared_statements.hpp"

#include <dsql/occ_conflict.hpp>

#include "errors/server_report.hpp"
#include "pg/exchange/batch_reader.hpp"
#include "pg/libpq_version.hpp"

#include <libpq-fe.h>

#include <memory>
#include <new>
#include <utility>

namespace dsql::pg {

std::vector<oid> described_parameter_types(const pg_result* description) {
    std::vector<oid> types;
    types.reserve(static_cast<std::size_t>(PQnparams(description)));
    for (int i = 0; i < PQnparams(description); ++i) {
        types.push_back(PQparamtype(description, i));
    }
    return types;
}

prepared_statements::prepared_statements(std::size_t capacity, std::string name_prefix,
                                         std::shared_ptr<schema_version> schema)
    : capacity_(capacity),
      name_prefix_(std::move(name_prefix)),
      cache_(capacity, can_close_prepared(), name_prefix_),
      schema_(std::move(schema)),
      seen_schema_(schema_->current()) {}

bool prepared_statements::drop_if_typed_by_server(std::string_view sql,
                                                  std::span<const oid> types) {
    const statement_cache::prepared* const found = cache_.find(sql, types);
    if (found == nullptr || !found->typed_by_server) {
        return false;
    }
    std::string name = found->name;
    cache_.remove(name);
    close_later(std::move(name));
    return true;
}

auto prepared_statements::find_explicit(const std::string& sql) -> explicit_statement* {
    const auto found = explicit_.find(sql);
    return found == explicit_.end() ? nullptr : &found->second;
}

auto prepared_statements::find_explicit(const std::string& sql) const -> const explicit_statement* {
    const auto found = explicit_.find(sql);
    return found == explicit_.end() ? nullptr : &found->second;
}

auto prepared_statements::own(const statement& prepared) const -> const explicit_statement& {
    if (prepared.shared_->owner != identity_) {
        throw config_error("the statement was prepared on another connection: \"" + prepared.sql() +
                           "\"");
    }
    const explicit_statement* const found = find_explicit(prepared.sql());
    if (found == nullptr) {
        throw config_error("the statement has been deallocated: \"" + prepared.sql() + "\"");
    }
    return *found;
}

[[gnu::hot]] auto prepared_statements::find_current(const statement& prepared) const
    -> const explicit_statement* {
    const explicit_statement& known = own(prepared);
    const bool is_newest = known.handle.shared_ == prepared.shared_;
    return is_newest && !known.is_stale && known.traits.is_plannable ? &known : nullptr;
}

void prepared_statements::require_own(const batch& statements) const {
    batch_reader reader(statements);
    for (std::size_t i = 0; i < reader.size(); ++i) {
        const sql_text sql = reader.sql(i);
        if (sql.prepared() != nullptr) {
            static_cast<void>(own(*sql.prepared()));
        }
    }
}

auto prepared_statements::put_explicit(statement::description described) -> explicit_statement& {
    std::string sql = described.sql;
    described.owner = identity_;
    explicit_statement added{
        .handle = statement(std::make_shared<const statement::description>(std::move(described))),
        .name = {},
        .traits = traits_of(sql)};
    added.name = added.handle.name();
    if (explicit_statement* const replaced = find_explicit(sql)) {
        close_later(std::exchange(replaced->name, {}));
        return *replaced = std::move(added);
    }
    return explicit_.emplace(std::move(sql), std::move(added)).first->second;
}

void prepared_statements::erase_explicit(const std::string& sql) {
    explicit_.erase(sql);
}

std::string prepared_statements::new_explicit_name(std::string_view sql) {
    std::string name = statement_name(name_prefix_ + "by_hand_", sql, {});
    // The name has no suffix until a statement is prepared again, so that it is the same on each
    // connection, for poolers in front of the server. Then it gets one, because the old name may
    // still exist.
    if (find_explicit(std::string(sql)) != nullptr) {
        ++renewals_;
    }
    if (renewals_ > 0) {
        name.append(1, '_').append(std::to_string(renewals_));
    }
    return name;
}

void prepared_statements::abandon_name(std::string name) noexcept {
    ++renewals_;
    try {
        close_later(std::move(name));
    } catch (const std::bad_alloc&) {
        return;  // the server keeps it until the session ends
    }
}

void prepared_statements::forget_all() {
    for (auto& [sql, statement] : explicit_) {
        statement.is_stale = true;
    }
    for (std::string& name : cache_.clear()) {
        close_later(std::move(name));
    }
}

void prepared_statements::close_later(std::string name) {
    if (can_close_prepared()) {
        names_to_close_.push_back(std::move(name));
    }
}

std::vector<std::string> prepared_statements::take_names_to_close() {
    return std::exchange(names_to_close_, {});
}

void prepared_statements::catch_up(bool is_in_transaction) {
    if (std::exchange(must_forget_, false) && !is_in_transaction) {
        apply_pending_effects();
    }
    forget_all();
    seen_schema_ = schema_->current();
}

// Effects count at once and again at the end of the transaction. This connection sees a change of
// the schema at once, and other connections when the transaction commits. A rollback undoes changes
// of the schema and of settings.
void prepared_statements::note_effects(const statement_traits& traits, bool is_in_transaction) {
    changed_names_ |= traits.changes_settings;
    if (traits.may_outdate_statements()) {
        forget_all();
        pending_effects_.add_changes_of(traits);
    }
    if (!is_in_transaction) {
        apply_pending_effects();
    }
}

void prepared_statements::note_unread_effects(const statement_traits& traits) {
    pending_effects_.add_changes_of(traits);
    must_forget_ |= traits.may_outdate_statements();
    changed_names_ |= traits.changes_settings;
}

void prepared_statements::apply_pending_effects() {
    const statement_traits pending = std::exchange(pending_effects_, {});
    if (pending.changes_schema) {
        schema_->advance();  // for this connection too; see catch_up
    } else if (pending.changes_settings) {
        forget_all();
    }
}

void prepared_statements::note_error(const server_error& failure, bool is_in_transaction) {
    // Forgets all statements, because a change by another client seldom affects only one.
    if (conflict_kind_of(failure.fields()) == conflict_kind::schema) {
        forget_all();
    }
    if (!is_in_transaction) {
        apply_pending_effects();
    }
}

void prepared_statements::note_closed() noexcept {
    if (std::exchange(pending_effects_, {}).changes_schema) {
        schema_->advance();
    }
}

bool prepared_statements::can_recover(const server_error& failure, const sql_text& sql,
                                      std::span<const oid> types) {
    if (detail::is_stale_statement(failure)) {
        forget_all();
        return true;
    }
    if (!runs_kept_ || !detail::may_come_of_old_schema(failure)) {
        return false;
    }
    if (sql.prepared() == nullptr) {
        return drop_if_typed_by_server(sql.text(), types);
    }
    explicit_statement* const kept = find_explicit(sql.prepared()->sql());
    if (kept != nullptr) {
        kept->is_stale = true;
    }
    return kept != nullptr;
}

// A batch that ends a transaction is not run again, because what precedes that may have been
// committed.
bool prepared_statements::can_recover(const batch_error& failure, const batch& statements) {
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

namespace dsql {

statement::statement() : shared_(std::make_shared<const description>()) {}

}  // namespace dsql
