// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>
#include <dsql/error.hpp>
#include <dsql/oid.hpp>
#include <dsql/sql_text.hpp>
#include <dsql/statement.hpp>

#include "pg/session/schema_version.hpp"
#include "pg/session/statement_cache.hpp"
#include "pg/sql/statement_traits.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

struct pg_result;

namespace dsql::pg {

/// Returns the types of a prepared statement's parameters from the server's description of it.
[[nodiscard]] std::vector<oid> described_parameter_types(const pg_result* description);

/// The statements that a session has prepared on the server: those in its cache, those that the
/// program has prepared with `connection::prepare`, and the names that are to be closed. Also keeps
/// track of which statements may be out of date. Sends nothing.
///
/// When the schema changes, the server plans a prepared statement again but keeps the parameter
/// types that it has inferred. For example, after a column was changed from a date to a timestamp,
/// a prepared statement would still cut each value to a date. So statements that may be out of date
/// are forgotten after a change of the schema by any connection of the pool, and after an error
/// that such a change may have caused.
class prepared_statements {
public:
    /// A statement that the program has prepared.
    struct explicit_statement {
        statement handle;  ///< returned if the program prepares the same text again
        std::string name;  ///< on the server; a new one each time it is prepared
        statement_traits traits{};
        bool is_stale = false;  ///< must be prepared again before it is run
    };

    /// All names begin with `name_prefix`. `schema` is shared by the connections of a pool.
    prepared_statements(std::size_t capacity, std::string name_prefix,
                        std::shared_ptr<schema_version> schema);

    /// The cache of statements that the session prepares by itself.
    [[nodiscard]] statement_cache& cache() noexcept { return cache_; }
    [[nodiscard]] bool keeps_statements() const noexcept { return capacity_ > 0; }
    /// Returns the statement that the program has prepared with this text, or null.
    [[nodiscard]] explicit_statement* find_explicit(const std::string& sql);
    [[nodiscard]] const explicit_statement* find_explicit(const std::string& sql) const;
    /// Returns the entry of a statement that the program has prepared. Throws `config_error` if it
    /// was prepared on another connection or has been deallocated.
    [[nodiscard]] const explicit_statement& own(const statement& prepared) const;
    /// Like `own`, but returns null if the statement cannot simply be run: it is stale, it is not
    /// plannable, or `prepared` is an older handle of the same text, whose values may have been
    /// encoded for other types.
    [[nodiscard]] const explicit_statement* find_current(const statement& prepared) const;
    /// Throws what `own` throws for each prepared statement of a batch.
    void require_own(const batch& statements) const;
    /// Adds a statement that the server has described. Replaces an entry with the same text, whose
    /// name will be closed.
    explicit_statement& put_explicit(statement::description described);
    /// Removes the entry with this text. The caller must close its name.
    void erase_explicit(const std::string& sql);
    /// Returns an unused name for a statement that the program prepares.
    [[nodiscard]] std::string new_explicit_name(std::string_view sql);
    /// Notes that the server knows a statement by this name, and nobody else does.
    void abandon_name(std::string name) noexcept;

    // --- what may be out of date

    /// Whether `catch_up` has something to do.
    [[nodiscard]] bool may_be_outdated() const noexcept {
        return seen_schema_ != schema_->current() || must_forget_;
    }
    /// Forgets statements that may have become out of date. Call it before each statement.
    void catch_up(bool is_in_transaction);
    /// Notes the effects of a statement that may make others stale. Call it after the statement has
    /// succeeded.
    void note_effects(const statement_traits& traits, bool is_in_transaction);
    /// Notes the possible effects of a stream or COPY. Call it before the statement is sent. The
    /// effects count from the next statement on.
    void note_unread_effects(const statement_traits& traits);
    /// Notes that a statement has failed.
    void note_error(const server_error& failure, bool is_in_transaction);
    /// Notes that the connection is closed. A transaction that changed the schema may have been
    /// committed without a response.
    void note_closed() noexcept;
    /// Notes whether the statement that runs now had been prepared before.
    void set_runs_kept(bool kept) noexcept { runs_kept_ = kept; }
    /// Whether a statement that failed outside a transaction may succeed if it is run again,
    /// because it had been prepared before a change of the schema. Forgets the prepared statement
    /// if so.
    ///@{
    [[nodiscard]] bool can_recover(const server_error& failure, const sql_text& sql,
                                   std::span<const oid> types);
    [[nodiscard]] bool can_recover(const batch_error& failure, const batch& statements);
    ///@}
    /// Empties the cache and marks the statements of the program as stale.
    void forget_all();
    /// Whether search_path or the role may have changed since the last call.
    [[nodiscard]] bool take_changed_names() noexcept {
        return std::exchange(changed_names_, false);
    }

    // --- names to close

    /// Adds a name to those that are to be closed on the server. Does nothing if libpq cannot close
    /// names.
    void close_later(std::string name);
    [[nodiscard]] bool has_names_to_close() const noexcept { return !names_to_close_.empty(); }
    [[nodiscard]] std::vector<std::string> take_names_to_close();

private:
    void apply_pending_effects();
    /// Removes a statement from the cache, so that it is prepared again. Returns false if it is not
    /// there, or if the server has inferred none of its types, so that it cannot be out of date.
    bool drop_if_typed_by_server(std::string_view sql, std::span<const oid> types);

    std::size_t capacity_;
    std::string name_prefix_;
    statement_cache cache_;
    std::unordered_map<std::string, explicit_statement> explicit_{};  // by their text
    std::size_t renewals_ = 0;  // how often statements of the program were prepared again
    std::vector<std::string> names_to_close_{};

    const std::shared_ptr<schema_version> schema_;
    std::uint64_t seen_schema_;
    // The effects of the current transaction, which count again when it ends.
    statement_traits pending_effects_{};
    bool runs_kept_ = false;
    bool must_forget_ = false;    // a stream or COPY may have changed the schema
    bool changed_names_ = false;  // search_path or the role
    // Distinguishes statements of this session from those of others, even of a destroyed one at the
    // same address.
    const std::shared_ptr<const int> identity_ = std::make_shared<const int>(0);
};

}  // namespace dsql::pg
