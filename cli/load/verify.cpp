// SPDX-License-Identifier: Apache-2.0
#include "load/verify.hpp"

#include <dsql/call_limits.hpp>
#include <dsql/parameters.hpp>
#include <dsql/sql_text.hpp>
#include <dsql/transaction.hpp>

#include "load/column_arrays.hpp"
#include "load/run_repeatable.hpp"

#include <chrono>
#include <tuple>

namespace dsql_cli::load {

namespace {

// The count and the sum of a query's rows, whose values are in `row`.
std::string checksum_query(const std::string& row, const std::string& source) {
    return "SELECT count(*), coalesce(sum(hashtextextended(ROW(" + row +
           ")::text, 0)), 0)::text FROM " + source;
}

row_checksum checksum_from(const std::tuple<std::int64_t, std::string>& row) {
    return {.rows = std::get<0>(row), .sum = wrapped_integer(std::get<1>(row))};
}

}  // namespace

row_checksum checksum_of_table(dsql::pool& pool, const table_name& table,
                               const std::vector<table_column>& columns, bool with_sum) {
    std::string row;
    for (const table_column& each : columns) {
        row += (row.empty() ? "" : ", ") + dsql::quote_identifier(each.name);
    }
    const std::string query = with_sum ? checksum_query(row, table.quoted())
                                       : "SELECT count(*), '0' FROM " + table.quoted();
    return run_repeatable(pool, [&](dsql::transaction& running) {
        // Longer than the time after which DSQL ends a transaction, so that its error is the one
        // that people see.
        return checksum_from(running.query_one<std::int64_t, std::string>(
            dsql::within(std::chrono::minutes(10)), query));
    });
}

row_checksum checksum_of_rows(dsql::pool& pool, const chunk& from,
                              const std::vector<std::size_t>& rows,
                              const std::vector<table_column>& columns, const dialect& used) {
    std::string row;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        // As in the column, with its length or precision.
        row += (i == 0 ? "c" : ", c") + std::to_string(i + 1) + "::" + columns[i].type;
    }
    const std::string query = checksum_query(row, unnest_columns(columns));
    const dsql::parameters values = column_arrays(from, rows, columns.size(), used);
    return run_repeatable(pool, [&](dsql::transaction& running) {
        return checksum_from(running.query_one<std::int64_t, std::string>(query, values));
    });
}

std::uint64_t wrapped_integer(std::string_view decimal) noexcept {
    const bool is_negative = decimal.starts_with('-');
    std::uint64_t value = 0;
    for (const char digit : decimal.substr(is_negative ? 1 : 0)) {
        value = value * 10 + static_cast<std::uint64_t>(digit - '0');
    }
    return is_negative ? 0 - value : value;
}

}  // namespace dsql_cli::load
