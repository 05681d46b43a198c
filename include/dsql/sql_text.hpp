// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>
#include <dsql/source_location.hpp>
#include <dsql/statement.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace dsql {

/// The statement of a call: text or a prepared `statement`, together with the place of the call in
/// the program, for error messages. Calls make it implicitly. Borrows what it is made from.
class sql_text {
public:
    /// From text: anything that converts to `std::string_view`.
    template <class T>
    requires std::convertible_to<const T&, std::string_view> sql_text(
        const T& text, source_location where = source_location::current())
        : text_(text), where_(where) {}
    /// From a prepared statement.
    sql_text(const statement& prepared, source_location where = source_location::current()) noexcept
        : text_(prepared.sql()), where_(where), prepared_(&prepared) {}

    /// The statement's text.
    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    /// The place of the call.
    [[nodiscard]] const source_location& where() const noexcept { return where_; }
    /// The prepared statement; null for text.
    [[nodiscard]] const statement* prepared() const noexcept { return prepared_; }

private:
    std::string_view text_;
    source_location where_;
    const statement* prepared_ = nullptr;
};

/// Quotes a name for SQL: encloses it in double quotes and doubles each quote in it. For names of
/// tables, columns, schemas and roles that are known only at run time and cannot be parameters.
/// Pass values as parameters instead. Upper and lower case are kept as they are, so that
/// `quote_identifier("Orders")` is another table than `Orders`, which PostgreSQL takes for
/// `orders`. A name with its schema is two: quote each, with a dot between them.
///
/// Throws `config_error` for a name that is empty, holds a zero byte, or has more than 63 bytes,
/// which PostgreSQL would cut. Safe from any thread.
/// Source: PostgreSQL, "Lexical Structure", Identifiers and Key Words.
[[nodiscard]] DSQL_EXPORT std::string quote_identifier(std::string_view name);

}  // namespace dsql
