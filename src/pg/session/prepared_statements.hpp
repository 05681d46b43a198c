// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/oid.hpp>
#include <dsql/statement.hpp>

#include "pg/session/statement_cache.hpp"
#include "pg/sql/statement_traits.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct pg_result;

namespace dsql::pg {

/// The types of a prepared statement's parameters, out of the server's description.
[[nodiscard]] std::vector<oid> described_parameter_types(const pg_result* description);

/// What a session has prepared on the server: the statements that it keeps to run them again, those
/// that the program has prepared by `connection::prepare`, and the names that are to be closed.
/// Sends nothing.
class prepared_statements {
public:
    /// A statement that the program has prepared.
    struct explicit_statement {
        statement handle;  ///< what the program gets when it prepares the same text again
        std::string name;  ///< the server's; another one each time it is prepared anew
        statement_traits traits{};
        bool is_stale = false;  ///< has to be prepared anew before it is run
    };

    /// `name_prefix` goes in front of all names.
    prepared_statements(std::size_t capacity, std::string name_prefix);

    /// The statements that the session keeps.
    [[nodiscard]] statement_cache& cache() noexcept { return cache_; }
    [[nodiscard]] bool keeps_statements() const noexcept { return capacity_ > 0; }
    /// Takes one statement out of the cache, to be prepared anew. False when it is not there, or
    /// when nothing about it was worked out by the server, so that it cannot be out of date.
    bool drop_if_typed_by_server(std::string_view sql, std::span<const oid> types);

    /// A statement of the program's by its text; null when there is none.
    [[nodiscard]] explicit_statement* find_explicit(const std::string& sql);
    [[nodiscard]] const explicit_statement* find_explicit(const std::string& sql) const;
    /// Adds one, or replaces the one of that text, whose name is closed.
    explicit_statement& put_explicit(explicit_statement added);
    /// Takes one out; its name is the caller's to close.
    void erase_explicit(const std::string& sql);
    /// A name for a statement of the program's that no other has had.
    [[nodiscard]] std::string new_explicit_name(std::string_view sql);

    /// All of it may be out of date: the cache is emptied, and statements of the program's are
    /// prepared anew before they are run.
    void forget_all();

    /// Notes a name that the server need not know any longer. Where libpq cannot close it, it
    /// stays.
    void close_later(std::string name);
    [[nodiscard]] bool has_names_to_close() const noexcept { return !names_to_close_.empty(); }
    [[nodiscard]] std::vector<std::string> take_names_to_close();

private:
    std::size_t capacity_;
    std::string name_prefix_;
    statement_cache cache_;
    std::unordered_map<std::string, explicit_statement> explicit_{};  // by their text
    std::size_t renewals_ = 0;  // of statements of the program's
    std::vector<std::string> names_to_close_{};
};

}  // namespace dsql::pg
