// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace dsql::pg {

/// What a statement does, judged by its keywords.
struct statement_traits {
    /// The server plans the statement, so preparing it saves work: SELECT, INSERT, UPDATE and
    /// others.
    bool is_plannable = false;
    /// The statement may change rows. A SELECT may also do so by calling a function, which its
    /// keywords cannot show.
    bool may_write = false;
    /// The statement ends the current transaction: COMMIT, END, ROLLBACK, ABORT, PREPARE
    /// TRANSACTION, but not ROLLBACK TO a savepoint.
    bool ends_transaction = false;
    /// The statement may change tables or types: CREATE, ALTER, DROP, SELECT INTO, CALL or DO.
    bool changes_schema = false;
    /// The statement may change which table a name refers to: it sets search_path or the role, or
    /// returns to a savepoint.
    bool changes_settings = false;
    /// The highest parameter number: 2 for `$1 + $2`.
    std::size_t parameters = 0;

    /// Whether a statement that was prepared before this one may have another meaning afterwards.
    [[nodiscard]] bool may_outdate_statements() const noexcept {
        return changes_schema || changes_settings;
    }

    /// Adds the changes of schema and settings that `other` may cause.
    void add_changes_of(const statement_traits& other) noexcept {
        changes_schema |= other.changes_schema;
        changes_settings |= other.changes_settings;
    }

    bool operator==(const statement_traits&) const = default;
};

/// Judges a statement by its keywords. Words in comments, strings and quoted names do not count.
/// Source: PostgreSQL, "SQL Commands".
[[nodiscard]] statement_traits traits_of(std::string_view sql) noexcept;

}  // namespace dsql::pg
