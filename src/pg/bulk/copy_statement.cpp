// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/copy_statement.hpp"

#include "pg/quoted_name.hpp"

namespace dsql::pg {

namespace {

constexpr const char* copy_target_name = "copy_target";

std::string table_of(const copy_target& target) {
    return quoted_table(target.schema, target.table, copy_target_name);
}

std::string columns_of(const copy_target& target) {
    std::string list;
    for (const std::string& column : target.columns) {
        list += (list.empty() ? "" : ", ") + quoted_name(column, copy_target_name);
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

std::string table_name(const copy_target& target) {
    return table_of(target);
}

std::string describing_query(const copy_target& target) {
    const std::string columns = columns_of(target);
    return "SELECT " + (columns.empty() ? "*" : columns) + " FROM " + table_of(target) + " LIMIT 0";
}

}  // namespace dsql::pg
