// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/copy_direction.hpp"

#include "pg/sql/scanner.hpp"

namespace dsql::pg {

std::optional<copy_direction> copy_direction_of(std::string_view sql) noexcept {
    sql_scanner scanner(sql);
    sql_token token = scanner.next();
    while (token.is(";")) {
        token = scanner.next();
    }
    if (!token.is_word("COPY")) {
        return std::nullopt;
    }
    // Skips parentheses: they hold columns, or a query whose keywords do not count.
    int depth = 0;
    for (token = scanner.next(); token.what != sql_token::kind::end; token = scanner.next()) {
        depth += token.is("(") ? 1 : token.is(")") ? -1 : 0;
        if (depth == 0 && token.is_word("FROM")) {
            return copy_direction::in;
        }
        if (depth == 0 && token.is_word("TO")) {
            return copy_direction::out;
        }
    }
    return std::nullopt;
}

}  // namespace dsql::pg
