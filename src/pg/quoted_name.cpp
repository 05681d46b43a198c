// SPDX-License-Identifier: Apache-2.0
#include "pg/quoted_name.hpp"

#include <dsql/error.hpp>

namespace dsql::pg {

// Source: PostgreSQL, "Lexical Structure", Identifiers and Key Words: a quote is doubled.
std::string quoted_name(std::string_view name, const char* whose) {
    if (name.empty() || name.find('\0') != std::string_view::npos) {
        throw config_error(std::string(whose) + ": a name is empty or holds a zero byte");
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

std::string quoted_table(std::string_view schema, std::string_view table, const char* whose) {
    if (table.empty()) {
        throw config_error(std::string(whose) + ": the table is not named");
    }
    return schema.empty() ? quoted_name(table, whose)
                          : quoted_name(schema, whose) + "." + quoted_name(table, whose);
}

}  // namespace dsql::pg
