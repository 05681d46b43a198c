// SPDX-License-Identifier: Apache-2.0
#include "load/row_writer.hpp"

#include <dsql/sql_text.hpp>

#include "load/column_arrays.hpp"

#include <algorithm>
#include <utility>

namespace dsql_cli::load {

namespace {

std::string quoted_columns(const std::vector<table_column>& columns) {
    std::string list;
    for (const table_column& each : columns) {
        list += (list.empty() ? "" : ", ") + dsql::quote_identifier(each.name);
    }
    return list;
}

std::string write_statement(const table_name& table, const std::vector<table_column>& columns,
                            const dialect& used, bool skips_conflicts) {
    const std::string target = table.quoted() + " (" + quoted_columns(columns) + ")";
    if (!skips_conflicts) {
        return "COPY " + target + " FROM STDIN " + copy_options(used);
    }
    // COPY takes the file's values for all identity columns.
    const bool has_identity =
        std::any_of(columns.begin(), columns.end(),
                    [](const table_column& each) { return each.is_always_identity; });
    return "INSERT INTO " + target + (has_identity ? " OVERRIDING SYSTEM VALUE" : "") +
           " SELECT * FROM " + unnest_columns(columns) + " ON CONFLICT DO NOTHING";
}

}  // namespace

row_writer::row_writer(const table_name& table, std::vector<table_column> columns,
                       const dialect& used, bool skips_conflicts)
    : columns_(std::move(columns)),
      dialect_(used),
      skips_conflicts_(skips_conflicts),
      statement_(write_statement(table, columns_, used, skips_conflicts)) {}

std::int64_t row_writer::write(dsql::transaction& running, const chunk& from, std::size_t first,
                               std::size_t last) const {
    if (skips_conflicts_) {
        return insert(running, from, first, last);
    }
    auto copy = running.copy_in(statement_);
    std::int64_t sent = static_cast<std::int64_t>(last - first);
    std::size_t begin = first;
    for (const bad_row& each : from.bad) {
        if (each.row >= first && each.row < last) {
            copy.write(from.text(begin, each.row));
            begin = each.row + 1;
            --sent;
        }
    }
    copy.write(from.text(begin, last));
    const std::int64_t copied = copy.finish();
    if (copied != sent) {
        throw row_count_mismatch("the server took " + std::to_string(copied) + " rows of " +
                                 std::to_string(sent) +
                                 "; for it, a line that has only \\. ends the data, and a "
                                 "carriage return without quotes ends a row");
    }
    return 0;
}

std::int64_t row_writer::insert(dsql::transaction& running, const chunk& from, std::size_t first,
                                std::size_t last) const {
    const std::vector<std::size_t> rows = sent_rows(from, first, last);
    const std::int64_t inserted =
        running.execute(statement_, column_arrays(from, rows, columns_.size(), dialect_));
    return static_cast<std::int64_t>(rows.size()) - inserted;
}

std::vector<std::size_t> sent_rows(const chunk& from, std::size_t first, std::size_t last) {
    std::vector<std::size_t> rows;
    auto bad = from.bad.begin();
    for (std::size_t row = first; row < last; ++row) {
        while (bad != from.bad.end() && bad->row < row) {
            ++bad;
        }
        if (bad == from.bad.end() || bad->row != row) {
            rows.push_back(row);
        }
    }
    return rows;
}

}  // namespace dsql_cli::load
