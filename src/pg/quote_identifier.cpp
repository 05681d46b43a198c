// SPDX-License-Identifier: Apache-2.0
#include "pg/quote_identifier.hpp"

#include <dsql/error.hpp>
#include <dsql/sql_text.hpp>

#include "base/text.hpp"

#include <cstddef>

namespace dsql {

std::string quote_identifier(std::string_view name) {
    return pg::quote_identifier(name, "quote_identifier");
}

namespace pg {

namespace {

// Source: PostgreSQL, "Lexical Structure", NAMEDATALEN.
constexpr std::size_t longest_name = 63;

}  // namespace

// A quote inside of a name is doubled. Source: PostgreSQL, "Lexical Structure", Identifiers and Key
// Words.
std::string quote_identifier(std::string_view name, const char* whose) {
    if (name.empty() || name.find('\0') != std::string_view::npos) {
        throw config_error(std::string(whose) + ": a name is empty or holds a zero byte");
    }
    if (name.size() > longest_name) {
        throw config_error(std::string(whose) + ": the name " + detail::in_quotes(name) + " has " +
                           std::to_string(name.size()) +
                           " bytes; PostgreSQL would cut it behind the 63rd");
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
    return schema.empty() ? quote_identifier(table, whose)
                          : quote_identifier(schema, whose) + "." + quote_identifier(table, whose);
}

}  // namespace pg

}  // namespace dsql
