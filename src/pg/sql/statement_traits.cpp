// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/statement_traits.hpp"

#include "pg/sql/scanner.hpp"

#include <algorithm>

namespace dsql::pg {

namespace {

bool changes_rows(const sql_token& token) noexcept {
    return token.is_any_word({"INSERT", "UPDATE", "DELETE", "MERGE"});
}

// Finds the first keyword. Empty statements may come before it, and a query may be in parentheses.
sql_token first_word(sql_scanner& scanner) noexcept {
    sql_token token = scanner.next();
    while (token.is(";") || token.is("(")) {
        token = scanner.next();
    }
    return token;
}

// ROLLBACK [WORK | TRANSACTION] TO does not end the transaction.
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

// Whether a word begins a statement that changes rows, and is not the name of a column or table: in
// a WITH list or after it, after EXPLAIN, in the parentheses of COPY.
bool begins_change(const sql_token& before, const sql_token& token,
                   const sql_token& after) noexcept {
    if (before.is(",") || before.is(".") || before.what == sql_token::kind::operation ||
        before.is_any_word({"SELECT", "DISTINCT", "ALL", "FOR", "KEY", "AS", "BY", "FROM", "JOIN",
                            "WHERE", "AND", "OR", "NOT", "ON", "DO", "THEN", "ELSE", "WHEN"})) {
        return false;
    }
    if (token.is_any_word({"INSERT", "MERGE"})) {
        return after.is_word("INTO");
    }
    if (token.is_word("DELETE")) {
        return after.is_word("FROM");
    }
    const bool is_named =
        after.what == sql_token::kind::word || after.what == sql_token::kind::name;
    return token.is_word("UPDATE") && is_named &&
           !after.is_any_word({"FROM", "WHERE", "AS", "AND", "OR", "UNION", "ORDER", "GROUP"});
}

// Compares a word or a quoted name without regard to case.
bool names(const sql_token& token, std::string_view lower_case) noexcept {
    const bool is_quoted = token.what == sql_token::kind::name && token.text.size() > 2;
    const sql_token bare{sql_token::kind::word,
                         is_quoted ? token.text.substr(1, token.text.size() - 2) : token.text};
    return (is_quoted || token.what == sql_token::kind::word) && bare.is_word(lower_case);
}

// The settings that change which table a name refers to.
bool changes_names(const sql_token& token) noexcept {
    return names(token, "search_path") ||
           token.is_any_word({"ROLE", "AUTHORIZATION", "SCHEMA", "ALL"});
}

class rest_reader {
public:
    rest_reader(statement_traits& traits, const sql_token& first) noexcept
        : traits_(traits),
          is_setting_(first.is_any_word({"SET", "RESET"})),
          is_explained_(first.is_word("EXPLAIN")),
          may_select_into_(first.is_any_word({"SELECT", "WITH"})) {}

    void read(const sql_token& before, const sql_token& token, const sql_token& after) noexcept {
        traits_.parameters = std::max(traits_.parameters, token.parameter_number());
        is_analyzed_ |= is_explained_ && token.is_any_word({"ANALYZE", "ANALYSE"});
        if (begins_change(before, token, after) ||
            (is_explained_ && token.is_any_word({"EXECUTE", "CREATE"}))) {
            traits_.may_write |= !is_explained_ || is_analyzed_;
            traits_.changes_schema |= is_analyzed_ && token.is_word("CREATE");
        }
        traits_.changes_settings |= (is_setting_ && changes_names(token)) ||
                                    names(token, "set_config") || names(token, "pg_settings");
        if (may_select_into_ && token.is_word("INTO") && !changes_rows(before)) {
            traits_.changes_schema = true;
            traits_.may_write = true;
        }
    }

private:
    statement_traits& traits_;
    const bool is_setting_;
    const bool is_explained_;
    const bool may_select_into_;
    bool is_analyzed_ = false;
};

void read_rest(statement_traits& traits, const sql_token& first, sql_scanner scanner) noexcept {
    rest_reader reader(traits, first);
    sql_token before = first;
    sql_token token = scanner.next();
    while (token.what != sql_token::kind::end) {
        const sql_token after = scanner.next();
        reader.read(before, token, after);
        before = token;
        token = after;
    }
}

}  // namespace

statement_traits traits_of(std::string_view sql) noexcept {
    sql_scanner scanner(sql);
    const sql_token first = first_word(scanner);
    statement_traits traits;
    traits.ends_transaction = ends_transaction(first, scanner);
    traits.changes_schema = first.is_any_word({"CREATE", "ALTER", "DROP", "DO", "CALL", "IMPORT"});
    // ROLLBACK TO a savepoint also undoes changes of settings and tables.
    traits.changes_settings = first.is_any_word({"DISCARD", "ROLLBACK"});
    const bool is_query = first.is_any_word({"SELECT", "VALUES", "TABLE", "WITH"});
    const bool only_reads = is_query || first.is_any_word({"SHOW", "FETCH", "EXPLAIN", "COPY"});
    traits.may_write = !only_reads && first.what != sql_token::kind::end;
    read_rest(traits, first, scanner);
    traits.is_plannable =
        (is_query || changes_rows(first)) && !traits.changes_schema && !traits.changes_settings;
    return traits;
}

}  // namespace dsql::pg
