// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/copy_statement.hpp"

#include <dsql/error.hpp>

#include <string_view>

namespace dsql::pg {

namespace {

// Source: PostgreSQL, "Lexical Structure", Identifiers and Key Words: a quote is doubled.
// Not "quoted": of a std::string that would mean std::quoted where <iomanip> comes along.
std::string quoted_name(std::string_view name) {
    if (name.empty() || name.find('\0') != std::string_view::npos) {
        throw config_error("copy_target: a name is empty or holds a zero byte");
    }
    std::string text = "\"";
    for (const char c : name) {
        text += c;
        if (c == '"') {
            text += '"';
        }
    }
    return text + '"';
}

std::string table_of(const copy_target& target) {
    if (target.table.empty()) {
        throw config_error("copy_target: the table is not named");
    }
    return target.schema.empty() ? quoted_name(target.table)
                                 : quoted_name(target.schema) + "." + quoted_name(target.table);
}

std::string columns_of(const copy_target& target) {
    std::string list;
    for (const std::string& column : target.columns) {
        list += (list.empty() ? "" : ", ") + quoted_name(column);
    }
    return list;
}

std::string table_and_columns(const copy_target& target) {
    const std::string columns = columns_of(target);
    return table_of(target) + (columns.empty() ? "" : " (" + columns + ")");
}

const char* format_of(const copy_target& target) {
    return target.format == copy_format::binary ? " (FORMAT binary)" : " (FORMAT text)";
}

}  // namespace

std::string copy_in_statement(const copy_target& target) {
    return "COPY " + table_and_columns(target) + " FROM STDIN" + format_of(target);
}

std::string copy_out_statement(const copy_target& target) {
    return "COPY " + table_and_columns(target) + " TO STDOUT" + format_of(target);
}

std::string describing_query(const copy_target& target) {
    const std::string columns = columns_of(target);
    return "SELECT " + (columns.empty() ? "*" : columns) + " FROM " + table_of(target) + " LIMIT 0";
}

}  // namespace dsql::pg
