// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/statement_traits.hpp"

#include "pg/sql/scanner.hpp"

#include <algorithm>

namespace dsql::pg {

namespace {

bool changes_rows(const sql_token& token) noexcept {
    return token.is_any_word({"INSERT", "UPDATE", "DELETE", "MERGE"});
}

// The first word: PostgreSQL takes empty statements before it, and a query may stand in
// parentheses.
sql_token first_word(sql_scanner& scanner) noexcept {
    sql_token token = scanner.next();
    while (token.is(";") || token.is("(")) {
        token = scanner.next();
    }
    return token;
}

// ROLLBACK [WORK | TRANSACTION] TO leaves the transaction as it is.
bool rolls_back_to_savepoint(sql_scanner scanner) noexcept {
    sql_token token = scanner.next();
    if (token.is_any_word({"WORK", "TRANSACTION"})) {
        token = scanner.next();
    }
    return token.is_word("TO");
}

bool ends_transaction(const sql_token& first, sql_scanner scanner) noexcept {
    if (first.is_word("PREPARE")) {
        return scanner.next().is_word("TRANSACTION");
    }
    if (first.is_word("ROLLBACK")) {
        return !rolls_back_to_savepoint(scanner);
    }
    return first.is_any_word({"COMMIT", "END", "ABORT"});
}

// A statement that changes rows inside another one: in a WITH list or after it, under EXPLAIN, in
// COPY's parentheses. What stands elsewhere is a name, or FOR UPDATE.
bool begins_inner_statement(const sql_token& before) noexcept {
    return before.is("(") || before.is(")") ||
           before.is_any_word({"EXPLAIN", "ANALYZE", "ANALYSE", "VERBOSE"});
}

void read_rest(statement_traits& traits, const sql_token& first, sql_scanner scanner) noexcept {
    sql_token before = first;
    for (sql_token token = scanner.next(); token.what != sql_token::kind::end;
         before = token, token = scanner.next()) {
        if (changes_rows(token) && begins_inner_statement(before)) {
            traits.may_write = true;
        } else if (token.is_word("SET_CONFIG")) {
            traits.changes_settings = true;
        } else if (token.is_word("INTO") && first.is_any_word({"SELECT", "WITH"}) &&
                   !changes_rows(before)) {
            traits.changes_schema = true;
        }
    }
}

}  // namespace

statement_traits traits_of(std::string_view sql) noexcept {
    sql_scanner scanner(sql);
    const sql_token first = first_word(scanner);
    statement_traits traits;
    traits.ends_transaction = ends_transaction(first, scanner);
    traits.changes_schema = first.is_any_word({"CREATE", "ALTER", "DROP", "DO", "CALL", "IMPORT"});
    traits.changes_settings = first.is_any_word({"SET", "RESET", "DISCARD"});
    const bool is_query = first.is_any_word({"SELECT", "VALUES", "TABLE", "WITH"});
    const bool only_reads = is_query || first.is_any_word({"SHOW", "FETCH", "EXPLAIN", "COPY"});
    traits.may_write = !only_reads && first.what != sql_token::kind::end;
    read_rest(traits, first, scanner);
    traits.is_plannable =
        (is_query || changes_rows(first)) && !traits.changes_schema && !traits.changes_settings;
    return traits;
}

}  // namespace dsql::pg
