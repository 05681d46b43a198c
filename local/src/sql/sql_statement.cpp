// SPDX-License-Identifier: Apache-2.0
#include "sql/sql_statement.hpp"

#include "sql/ddl_objects.hpp"
#include "sql/statement_words.hpp"
#include "sql/unsupported.hpp"

#include <algorithm>

namespace dsql_local {
namespace {

// COMMIT PREPARED and ROLLBACK PREPARED do not end the current transaction.
statement_kind find_kind(const statement_words& words) {
    if (words.at(0, {"BEGIN"}) || (words.at(0, {"START"}) && words.at(1, {"TRANSACTION"}))) {
        return statement_kind::begin;
    }
    if (words.at(0, {"END"}) || (words.at(0, {"COMMIT"}) && !words.at(1, {"PREPARED"}))) {
        return statement_kind::commit;
    }
    if (words.at(0, {"ABORT"})) {
        return statement_kind::rollback;
    }
    const std::size_t after = words.at(1, {"WORK", "TRANSACTION"}) ? 2 : 1;
    if (words.at(0, {"ROLLBACK"}) && !words.at(1, {"PREPARED"}) && !words.at(after, {"TO"})) {
        return statement_kind::rollback;
    }
    return statement_kind::other;
}

bool chains(const statement_words& words) {
    const std::size_t at = words.at(1, {"WORK", "TRANSACTION"}) ? 2 : 1;
    return words.at(at, {"AND"}) && words.at(at + 1, {"CHAIN"});
}

bool is_query(const statement_words& words) {
    return words.at(0, {"SELECT", "VALUES", "EXPLAIN", "WITH"}) ||
           (!words.empty() && words.head()[0].is_symbol('('));
}

bool is_ddl(const statement_words& words) {
    return words.at(0, {"CREATE", "ALTER", "DROP", "GRANT", "REVOKE", "COMMENT", "SECURITY",
                        "REASSIGN", "IMPORT"}) ||
           (words.at(0, {"AWS"}) && words.at(1, {"IAM"})) ||
           (words.at(0, {"SELECT"}) && words.has_into);
}

bool is_temporary(const statement_words& words) {
    std::size_t at = 1;
    while (words.at(at, {"OR", "REPLACE", "GLOBAL", "LOCAL"})) {
        ++at;
    }
    return words.at(0, {"CREATE"}) ? words.at(at, {"TEMP", "TEMPORARY"}) : words.has_into_temporary;
}

bool changes_rows(const statement_words& words) {
    if (words.at(0, {"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE"})) {
        return true;
    }
    if (words.at(0, {"COPY"})) {
        return words.has_outer_from;
    }
    if (words.at(0, {"EXPLAIN"})) {
        return words.has_change && (words.at(1, {"ANALYZE"}) || words.at(2, {"ANALYZE"}));
    }
    return is_query(words) && (words.has_change || words.has_lock);
}

bool touches_storage(const statement_words& words, const sql_statement& statement) {
    return statement.writes || statement.is_ddl ||
           words.at(0, {"COPY", "WITH", "TABLE", "CALL", "EXPLAIN"}) ||
           (is_query(words) && (words.has_from || words.has_into));
}

bool waits_for_job(const statement_words& words) {
    return words.at(0, {"CALL"}) && words.at(1, {"SYS"}) && words.at(3, {"WAIT_FOR_JOB"});
}

// Whether an option of EXPLAIN is on: EXPLAIN ANALYZE VERBOSE, or EXPLAIN (ANALYZE, VERBOSE true).
bool has_explain_option(const statement_words& words, std::string_view option) {
    if (words.head().size() < 2 || !words.head()[1].is_symbol('(')) {
        return words.at(1, {option}) || words.at(2, {option});
    }
    bool is_on = false;
    for (std::size_t i = 2; i < words.head().size() && !words.head()[i].is_symbol(')'); ++i) {
        if (words.at(i, {option})) {
            is_on = !words.at(i + 1, {"FALSE", "OFF"}) &&
                    !(i + 1 < words.head().size() && words.head()[i + 1].text == "0");
        }
    }
    return is_on;
}

bool estimates_dpus(const statement_words& words) {
    if (!words.at(0, {"EXPLAIN"}) || !has_explain_option(words, "ANALYZE") ||
        !has_explain_option(words, "VERBOSE")) {
        return false;
    }
    for (std::size_t i = 2; i < words.head().size() && !words.head()[i].is_symbol(')'); ++i) {
        if (words.at(i, {"FORMAT"}) && words.head()[1].is_symbol('(')) {
            return words.at(i + 1, {"TEXT"});
        }
    }
    return true;
}

sql_statement describe(std::string_view sql, const statement_words& words) {
    sql_statement statement;
    statement.offset = words.head().front().offset;
    statement.size = words.end() - statement.offset;
    statement.kind = find_kind(words);
    statement.chains = statement.kind == statement_kind::commit && chains(words);
    if (statement.kind == statement_kind::other) {
        statement.writes = changes_rows(words);
        statement.is_copy = words.at(0, {"COPY"});
        statement.is_ddl = is_ddl(words);
        statement.touches_storage = touches_storage(words, statement);
        statement.waits_for_job = waits_for_job(words);
        statement.explains = words.at(0, {"EXPLAIN"});
        statement.estimates_dpus = estimates_dpus(words);
        statement.is_temporary = statement.is_ddl && is_temporary(words);
        if (statement.is_ddl) {
            statement.objects = find_ddl_objects(words);
            statement.call =
                find_procedure_call(sql.substr(statement.offset, statement.size), words);
        }
    }
    statement.unsupported = find_unsupported_setting(words);
    if (statement.unsupported.empty()) {
        statement.unsupported = find_unsupported_statement(words);
    }
    return statement;
}

// Tracks whether a semicolon ends a statement. It does not within parentheses and within a function
// body between BEGIN ATOMIC and END.
class nesting {
public:
    void add(const sql_token& token) {
        if (token.is_symbol('(')) {
            ++parentheses_;
        } else if (token.is_symbol(')')) {
            parentheses_ = std::max(parentheses_ - 1, 0);
        } else if (opens_block(token)) {
            ++blocks_;
        } else if (blocks_ > 0 && token.is("END")) {
            --blocks_;
        }
        last_was_begin_ = token.is("BEGIN");
    }
    int parentheses() const { return parentheses_; }
    bool is_outside() const { return parentheses_ == 0 && blocks_ == 0; }

private:
    bool opens_block(const sql_token& token) const {
        return (token.is("ATOMIC") && last_was_begin_) || (blocks_ > 0 && token.is("CASE"));
    }

    int parentheses_ = 0;
    int blocks_ = 0;
    bool last_was_begin_ = false;
};

}  // namespace

std::vector<sql_statement> split_statements(std::string_view sql) {
    std::vector<sql_statement> statements;
    sql_scanner scanner(sql);
    statement_words words;
    nesting depth;
    const auto finish = [&] {
        if (!words.empty()) {
            statements.push_back(describe(sql, words));
        }
        words = {};
        depth = {};
    };
    while (const auto token = scanner.next()) {
        if (token->is_symbol(';') && depth.is_outside()) {
            finish();
        } else {
            depth.add(*token);
            words.add(*token, depth.parentheses());
        }
    }
    finish();
    return statements;
}

}  // namespace dsql_local
