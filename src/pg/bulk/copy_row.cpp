// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/copy_row.hpp>
#include <dsql/error.hpp>

#include "base/text.hpp"
#include "errors/statement_context.hpp"

#include <string>

namespace dsql::detail {

namespace {

// Returns the character that follows the backslash in the escaped form of `c`, or 0 if `c` needs no
// escape.
char escape_of(char c) noexcept {
    switch (c) {
        case '\\':
            return '\\';
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        default:
            return '\0';
    }
}

}  // namespace

void put_escaped(byte_writer& out, std::string_view text) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (const char letter = escape_of(text[i]); letter != '\0') {
            out.put(text.substr(start, i - start));
            out.put_char('\\');
            out.put_char(letter);
            start = i + 1;
        }
    }
    out.put(text.substr(start));
}

void throw_bad_copy_value(const copy_row_writer& to, std::size_t index, std::string_view cpp_type,
                          std::string_view why) {
    std::string column = "column " + std::to_string(index + 1);
    if (index < to.columns.size()) {
        const column_description& described = to.columns[index];
        column = "column " + in_quotes(described.name);
        if (described.type != oids::unspecified) {
            column += " (" + type_name(described.type) + ")";
        }
    }
    throw conversion_error(column + " from " + std::string(cpp_type) + ": " +
                           shortened_reason(why));
}

void check_copy_values(const copy_row_writer& to, std::size_t values) {
    if ((to.binary || !to.columns.empty()) && values != to.columns.size()) {
        throw conversion_error("a row of " + std::to_string(values) + " values for a COPY of " +
                               std::to_string(to.columns.size()) + " columns");
    }
}

}  // namespace dsql::detail
