// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace dsql::pg {

/// What a statement does, as far as its keywords tell.
struct statement_traits {
    /// Is planned by the server, so that preparing it saves work: SELECT, INSERT, UPDATE, ...
    bool is_plannable = false;
    /// May change rows. A function that a SELECT calls may do so as well, which its words do not
    /// tell.
    bool may_write = false;
    /// Ends the transaction that it is run in: COMMIT, END, ROLLBACK, ABORT, PREPARE TRANSACTION;
    /// not ROLLBACK TO a savepoint.
    bool ends_transaction = false;
    /// May change tables or types: CREATE, ALTER, DROP, SELECT INTO, a procedure or a DO block.
    bool changes_schema = false;
    /// May change which table a name stands for: search_path, the role, the way back to a
    /// savepoint.
    bool changes_settings = false;
    /// The highest number of a parameter: 2 for `$1 + $2`.
    std::size_t parameters = 0;

    /// Whether a statement prepared before it may mean something else after it.
    [[nodiscard]] bool may_outdate_statements() const noexcept {
        return changes_schema || changes_settings;
    }

    /// Adds the changes of schema and settings that `other` may make.
    void add_changes_of(const statement_traits& other) noexcept {
        changes_schema |= other.changes_schema;
        changes_settings |= other.changes_settings;
    }

    bool operator==(const statement_traits&) const = default;
};

/// Reads the words of a statement. Those in comments, strings and quoted names do not count.
/// Source: PostgreSQL, "SQL Commands".
[[nodiscard]] statement_traits traits_of(std::string_view sql) noexcept;

}  // namespace dsql::pg
