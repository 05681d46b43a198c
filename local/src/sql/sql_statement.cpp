// SPDX-License-Identifier: Apache-2.0
#include "sql/sql_statement.hpp"

#include "sql/parse_tree.hpp"
#include "sql/rewriting.hpp"
#include "sql/statement_cache.hpp"
#include "sql/statement_rules.hpp"
#include "sql/statement_shape.hpp"
#include "sql/statement_traits.hpp"
#include "sql/statement_words.hpp"
#include "wire/sql_scanner.hpp"

#include <algorithm>
#include <cstddef>

namespace dsql_local {
namespace {

// An entry takes about a kilobyte, with a key as long as most statements are.
constexpr std::size_t cache_capacity = 2'000;
constexpr std::size_t max_cached_size = 4'096;

statement_cache& get_cache() {
    static statement_cache cache(cache_capacity, max_cached_size);
    return cache;
}

// PostgreSQL's parse tree does not tell "USING btree" from no USING.
bool has_index_method(const statement_words& words) {
    for (std::size_t i = 0; i < words.head().size() && !words.head()[i].is_symbol('('); ++i) {
        if (words.at(i, {"USING"})) {
            return true;
        }
    }
    return false;
}

// AWS IAM GRANT and REVOKE: no grammar but DSQL's has them.
sql_statement describe_own_statement(const procedure_call& call) {
    sql_statement statement;
    statement.is_parsed = true;
    statement.kind = statement_kind::other;
    statement.is_ddl = true;
    statement.touches_storage = true;
    statement.call = call;
    return statement;
}

// What PostgreSQL is about to reject, or what only a PostgreSQL later than the parser understands.
sql_statement describe_unparsed(const statement_words& words) {
    sql_statement statement;
    statement.kind = statement_kind::other;
    statement.is_copy = words.at(0, {"COPY"});
    statement.writes = words.at(0, {"INSERT", "UPDATE", "DELETE", "MERGE"});
    statement.touches_storage = statement.writes;
    return statement;
}

class analyzer {
public:
    analyzer(std::string_view text, const statement_words& words, sql_dialect dialect)
        : text_(text), words_(words), is_dsql_(dialect == sql_dialect::dsql) {}

    sql_statement analyze() const {
        const procedure_call call = find_procedure_call(text_, words_);
        const std::size_t async = find_async(words_);
        if (!call.empty() && async == 0) {
            return describe_own_statement(call);
        }
        if (async != 0) {
            return call.empty() ? describe_unparsed(words_) : analyze_async(call, async);
        }
        const auto parsed = parse_statement(text_);
        if (parsed && !(is_dsql_ && has_storage_clause(*parsed))) {
            sql_statement statement = describe(*parsed);
            if (is_dsql_ && !statement.refused) {
                statement.call = find_rewriting(*parsed, text_);
                statement.disables_sync_index = find_sync_index_setting(*parsed);
            }
            return statement;
        }
        return analyze_storage_clauses();
    }

private:
    sql_statement describe(const parsed_statement& parsed) const {
        sql_statement statement = find_traits(parsed);
        if (is_dsql_) {
            const own_syntax own{.is_async = find_async(words_) != 0,
                                 .has_method = has_index_method(words_)};
            statement.refused = find_refusal(parsed, own);
            statement.reads_columns_of_16 = with_columns_of_16(text_).has_value();
        }
        return statement;
    }

    // If PostgreSQL cannot parse the statement without ASYNC, the procedure reports the error.
    sql_statement analyze_async(const procedure_call& call, std::size_t async) const {
        const auto parsed = parse_statement(without_word(text_, words_, async));
        sql_statement statement = parsed ? describe(*parsed) : describe_own_statement(call);
        statement.call = call;
        return statement;
    }

    sql_statement analyze_storage_clauses() const {
        const auto plain = is_dsql_ ? without_storage_clauses(text_) : std::nullopt;
        const auto parsed = plain ? parse_statement(*plain) : std::nullopt;
        if (!parsed) {
            return describe_unparsed(words_);
        }
        sql_statement statement = describe(*parsed);
        statement.call = find_rewriting(*parsed, *plain);
        if (statement.call.empty()) {
            statement.call = {.sql = *plain};
        }
        return statement;
    }

    std::string_view text_;
    const statement_words& words_;
    bool is_dsql_;
};

sql_statement find_analysis(const std::string& key, std::string_view text,
                            const statement_words& words, sql_dialect dialect) {
    if (auto known = get_cache().find(key)) {
        return *std::move(known);
    }
    sql_statement statement = analyzer(text, words, dialect).analyze();
    get_cache().insert(key, statement);
    return statement;
}

// Analyzes the shape of a query instead of its text, so that it need not be parsed again with other
// constants.
sql_statement describe(std::string_view text, const statement_words& words,
                       const statement_shape& shape, sql_dialect dialect) {
    const char prefix = dialect == sql_dialect::dsql ? 'd' : 'p';
    if (!shape.needs_constants()) {
        sql_statement statement =
            find_analysis(prefix + shape.text(), shape.text(), words, dialect);
        if (statement.is_parsed) {
            return statement;
        }
    }
    return find_analysis(prefix + std::string(text), text, words, dialect);
}

// Tracks whether a semicolon ends a statement. It does not within parentheses and within a function
// body between BEGIN ATOMIC and END.
class nesting {
public:
    void add(const wire::sql_token& token) {
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
    bool is_outside() const { return parentheses_ == 0 && blocks_ == 0; }

private:
    bool opens_block(const wire::sql_token& token) const {
        return (token.is("ATOMIC") && last_was_begin_) || (blocks_ > 0 && token.is("CASE"));
    }

    int parentheses_ = 0;
    int blocks_ = 0;
    bool last_was_begin_ = false;
};

}  // namespace

std::vector<sql_statement> split_statements(std::string_view sql, sql_dialect dialect) {
    std::vector<sql_statement> statements;
    wire::sql_scanner scanner(sql);
    statement_words words;
    statement_shape shape(sql);
    nesting depth;
    const auto finish = [&] {
        if (!words.empty()) {
            const std::size_t offset = words.head().front().offset;
            const std::string_view text = sql.substr(offset, words.end() - offset);
            statements.push_back(describe(text, words, shape, dialect));
            if (statements.back().has_wait_policy && dialect == sql_dialect::dsql) {
                statements.back().call = {.sql = without_wait_policies(text)};
            }
            if (statements.back().reads_columns_of_16) {
                statements.back().call = {.sql = with_columns_of_16(text).value()};
            }
            statements.back().offset = offset;
            statements.back().size = text.size();
        }
        words = {};
        shape = statement_shape(sql);
        depth = {};
    };
    while (const auto token = scanner.next()) {
        if (token->is_symbol(';') && depth.is_outside()) {
            finish();
        } else {
            depth.add(*token);
            words.add(*token);
            shape.add(*token);
        }
    }
    finish();
    const bool is_well_formed = std::all_of(statements.begin(), statements.end(),
                                            [](const sql_statement& s) { return s.is_parsed; });
    for (sql_statement& statement : statements) {
        statement.refused = is_well_formed ? statement.refused : std::nullopt;
    }
    return statements;
}

}  // namespace dsql_local
