// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/raw_row.hpp>
#include <dsql/detail/row_columns.hpp>
#include <dsql/error.hpp>
#include <dsql/query_functions.hpp>

#include "base/text.hpp"
#include "errors/statement_context.hpp"
#include "pg/rows/statement_origin.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <stdexcept>

namespace dsql::detail {

namespace {

constexpr int no_column = -1;

std::string list_of(std::span<const std::string_view> names) {
    std::string list;
    for (const std::string_view name : names) {
        list += (list.empty() ? "" : ", ") + in_quotes(name);
    }
    return list;
}

[[noreturn]] void throw_mismatch(const pg_result* rows, std::span<const std::string_view> names,
                                 const std::string& why) {
    throw conversion_error("a row cannot be read by name: " + why + "; the columns are " +
                           list_of_columns(rows) + ", the members " + list_of(names));
}

// Returns the column with a name, which must be unique; `no_column` when there is none.
int find_column(const pg_result* rows, std::span<const std::string_view> names,
                std::string_view name) {
    int found = no_column;
    for (int column = 0; column < PQnfields(rows); ++column) {
        if (name == PQfname(rows, column)) {
            if (found != no_column) {
                throw_mismatch(rows, names, "there are two columns " + in_quotes(name));
            }
            found = column;
        }
    }
    return found;
}

}  // namespace

std::string list_of_columns(const pg_result* rows) {
    std::string names;
    for (int column = 0; column < PQnfields(rows); ++column) {
        names += (names.empty() ? "" : ", ") + in_quotes(PQfname(rows, column));
    }
    return names.empty() ? "none" : names;
}

[[gnu::hot]] oid column_type(const pg_result* rows, int column) noexcept {
    return PQfformat(rows, column) == 1 ? PQftype(rows, column) : oids::unspecified;
}

void throw_out_of_range(std::string_view what, std::int64_t index, std::string_view whole,
                        std::int64_t size, const statement_origin* from) {
    throw std::out_of_range(std::string(what) + " " + std::to_string(index) + " of " +
                            std::string(whole) + " that has " + std::to_string(size) +
                            statement_context(from));
}

void match_by_position(const pg_result* rows, std::span<int> columns, std::string_view what) {
    if (static_cast<std::size_t>(PQnfields(rows)) != columns.size()) {
        throw conversion_error("a row cannot be read: the result has " +
                               std::to_string(PQnfields(rows)) + " columns (" +
                               list_of_columns(rows) + "), and " + std::string(what) + " has " +
                               std::to_string(columns.size()));
    }
    for (std::size_t i = 0; i < columns.size(); ++i) {
        columns[i] = static_cast<int>(i);
    }
}

void match_leniently(const pg_result* rows, std::span<const std::string_view> names,
                     std::span<int> columns) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        columns[i] = find_column(rows, names, names[i]);
    }
}

void match_by_name(const pg_result* rows, std::span<const std::string_view> names,
                   std::span<int> columns) {
    match_leniently(rows, names, columns);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (columns[i] == no_column) {
            throw_mismatch(rows, names, "no column for the member " + in_quotes(names[i]));
        }
    }
    for (int column = 0; column < PQnfields(rows); ++column) {
        if (std::find(columns.begin(), columns.end(), column) == columns.end()) {
            throw_mismatch(rows, names,
                           "no member for the column " + in_quotes(PQfname(rows, column)));
        }
    }
}

[[gnu::hot]] void fetch_row(const pg_result* rows, int row, const int* columns, std::size_t count,
                            raw_value* to) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        const int column = columns[i];
        const int size = PQgetlength(rows, row, column);
        // NULL and an empty value both have the length 0, so PQgetisnull is called only then.
        if (size == 0 && PQgetisnull(rows, row, column) != 0) [[unlikely]] {
            to[i] = {nullptr, 0};
        } else {
            to[i] = {PQgetvalue(rows, row, column), size};
        }
    }
}

void throw_bad_column(const pg_result* rows, int column, std::string_view cpp_type,
                      std::string_view why) {
    const std::string type = PQfformat(rows, column) == 1
                                 ? type_name(PQftype(rows, column))
                                 : type_name(PQftype(rows, column)) + ", in text format";
    throw conversion_error("column " + in_quotes(PQfname(rows, column)) + " (" + type + ") as " +
                           std::string(cpp_type) + ": " + shortened_reason(why));
}

void throw_no_rows(const sql_text& sql) {
    throw no_rows_error("the query returned no row, and one was asked for" +
                        statement_context(sql.text(), sql.where()));
}

void throw_too_many_rows(const sql_text& sql, int rows) {
    throw too_many_rows_error("the query returned " + std::to_string(rows) +
                              " rows, and one at most was asked for" +
                              statement_context(sql.text(), sql.where()));
}

}  // namespace dsql::detail
