// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>
#include <dsql/parameters.hpp>
#include <dsql/sql_text.hpp>

#include <cstddef>
#include <span>
#include <string_view>

namespace dsql::detail {

/// The types of a prepared statement's parameters; none for text.
/// Throws `conversion_error` when a prepared statement takes another number of values.
[[nodiscard]] DSQL_EXPORT std::span<const oid> parameter_targets(const sql_text& sql,
                                                                 std::size_t values);

template <class... Vs>
[[nodiscard]] std::size_t number_of_values(const Vs&...) {
    return sizeof...(Vs);
}
[[nodiscard]] inline std::size_t number_of_values(const parameters& values) {
    return values.size();
}

/// Throws `conversion_error`: "`what` takes so many values, and so many were given".
[[noreturn]] DSQL_EXPORT void throw_value_count(std::string_view what, std::size_t takes,
                                                std::size_t given, const sql_text& sql);

/// Throws `conversion_error` for what the protocol cannot carry: a zero byte in the text, more
/// values than 65,535.
DSQL_EXPORT void check_statement(std::string_view sql, int values);

}  // namespace dsql::detail
