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

/// The types of a prepared statement's parameters, out of the server's description.
[[nodiscard]] std::vector<oid> described_parameter_types(const pg_result* description);

/// What a session has prepared on the server: the statements that it keeps to run them again, those
/// that the program has prepared by `connection::prepare`, and the names that are to be closed; and
/// whether all that is still right. Sends nothing.
///
/// The server plans a prepared statement anew when the schema changes, but the types that it has
/// worked out for parameters stay as they were: a text that was read as a date when the column was
/// one is cut to a date for ever. So what may be out of date is forgotten, after changes of the
/// schema by any connection of the pool, and after errors that may come of one.
class prepared_statements {
public:
    /// A statement that the program has prepared.
    struct explicit_statement {
        statement handle;  ///< what the program gets when it prepares the same text again
        std::string name;  ///< the server's; another one each time it is prepared anew
        statement_traits traits{};
        bool is_stale = false;  ///< has to be prepared anew before it is run
    };

    /// `name_prefix` goes in front of all names. `schema` is shared by the connections of a pool.
    prepared_statements(std::size_t capacity, std::string name_prefix,
                        std::shared_ptr<schema_version> schema);

    /// The statements that the session keeps.
    [[nodiscard]] statement_cache& cache() noexcept { return cache_; }
    [[nodiscard]] bool keeps_statements() const noexcept { return capacity_ > 0; }
    /// A statement of the program's by its text; null when there is none.
    [[nodiscard]] explicit_statement* find_explicit(const std::string& sql);
    [[nodiscard]] const explicit_statement* find_explicit(const std::string& sql) const;
    /// The entry of a statement of the program's. Throws `config_error` for one that was not
    /// prepared here, or has been deallocated.
    [[nodiscard]] const explicit_statement& own(const statement& prepared) const;
    /// The same, where it can be run as it is; null where it has to be looked at first: it is
    /// stale, or an older handle of the same text, whose values may have been made to fit other
    /// types.
    [[nodiscard]] const explicit_statement* find_current(const statement& prepared) const;
    /// Throws as `own` does, for each prepared statement of a batch.
    void require_own(const batch& statements) const;
    /// Adds a statement that the server has described, or replaces the one of that text, whose name
    /// is closed.
    explicit_statement& put_explicit(statement::description described);
    /// Takes one out; its name is the caller's to close.
    void erase_explicit(const std::string& sql);
    /// A name for a statement of the program's that no other has had.
    [[nodiscard]] std::string new_explicit_name(std::string_view sql);

    // --- whether it is still right

    /// Whether `catch_up` has something to do.
    [[nodiscard]] bool may_be_outdated() const noexcept {
        return seen_schema_ != schema_->current() || must_forget_;
    }
    /// Before a statement: forgets what may be out of date since the last one.
    void catch_up(bool is_in_transaction);
    /// Notes what a statement has done that may make others stale, after it has succeeded.
    void note_effects(const statement_traits& traits, bool is_in_transaction);
    /// Notes what a stream or COPY may do, before it is sent: it counts before the next statement.
    void note_unread_effects(const statement_traits& traits);
    /// Notes that a statement has failed.
    void note_error(const server_error& failure, bool is_in_transaction);
    /// Notes that the connection is closed: a COMMIT that was not answered may have happened.
    void note_closed() noexcept;
    /// Notes whether the statement that is run had been prepared before.
    void set_runs_kept(bool kept) noexcept { runs_kept_ = kept; }
    /// Whether running a statement again that has failed may help, outside a transaction, because
    /// it had been prepared before a change of the schema. Forgets what it was.
    ///@{
    [[nodiscard]] bool can_recover(const server_error& failure, const sql_text& sql,
                                   std::span<const oid> types);
    [[nodiscard]] bool can_recover(const batch_error& failure, const batch& statements);
    ///@}
    /// All of it may be out of date: the cache is emptied, and statements of the program's are
    /// prepared anew before they are run.
    void forget_all();
    /// Whether search_path or the role may have changed since this was last asked.
    [[nodiscard]] bool take_changed_names() noexcept {
        return std::exchange(changed_names_, false);
    }

    // --- names to close

    /// Notes a name that the server need not know any longer. Where libpq cannot close it, it
    /// stays.
    void close_later(std::string name);
    [[nodiscard]] bool has_names_to_close() const noexcept { return !names_to_close_.empty(); }
    [[nodiscard]] std::vector<std::string> take_names_to_close();

private:
    void apply_pending_effects();
    /// Takes one statement out of the cache, to be prepared anew. False when it is not there, or
    /// when nothing about it was worked out by the server, so that it cannot be out of date.
    bool drop_if_typed_by_server(std::string_view sql, std::span<const oid> types);

    std::size_t capacity_;
    std::string name_prefix_;
    statement_cache cache_;
    std::unordered_map<std::string, explicit_statement> explicit_{};  // by their text
    std::size_t renewals_ = 0;  // of statements of the program's
    std::vector<std::string> names_to_close_{};

    const std::shared_ptr<schema_version> schema_;
    std::uint64_t seen_schema_;
    // What statements of the transaction under way have changed: counts once more when it ends.
    statement_traits pending_effects_{};
    bool runs_kept_ = false;
    bool must_forget_ = false;    // a stream or COPY has changed something
    bool changed_names_ = false;  // search_path or the role
    // Tells a statement of this session from those of others, even of one that had its address.
    const std::shared_ptr<const int> identity_ = std::make_shared<const int>(0);
};

}  // namespace dsql::pg
