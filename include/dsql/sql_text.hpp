// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/source_location.hpp>
#include <dsql/statement.hpp>

#include <concepts>
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

}  // namespace dsql
