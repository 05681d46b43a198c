// SPDX-License-Identifier: Apache-2.0
#include "sql/sql_script.hpp"

#include "support/random_seed.hpp"

#include <gtest/gtest.h>
#include <pg_query.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace sql_script_test {

using dsql_cli::sql::script_error;
using dsql_cli::sql::split_script;
using dsql_cli::sql::sql_statement;

std::vector<std::string> texts_of(std::string_view script) {
    std::vector<std::string> texts;
    for (const sql_statement& one : split_script(script)) {
        texts.push_back(one.text);
    }
    return texts;
}

using texts = std::vector<std::string>;

struct split_case {
    std::string_view script;
    texts statements;
};

TEST(SqlScript, SplitsOnlyAtSemicolonsThatSeparate) {
    const std::vector<split_case> cases = {
        {"", {}},
        {" ;; -- nothing\n/* ; /* nested; */ */ ;", {}},
        {"SELECT 1", {"SELECT 1"}},
        {"\xef\xbb\xbfSELECT 1;SELECT 2 ; ", {"SELECT 1", "SELECT 2"}},
        {"-- one;\nSELECT 1 -- two;\n + 1; -- three", {"SELECT 1 -- two;\n + 1"}},
        {"SELECT ';''\\'; SELECT E'\\';', E'\\\\'; x",
         {"SELECT ';''\\'", "SELECT E'\\';', E'\\\\'", "x"}},
        {"SELECT E'a'\n-- b'\n'\\';'; x", {"SELECT E'a'\n-- b'\n'\\';'", "x"}},
        {"SELECT E'a' '\\'; x", {"SELECT E'a' '\\'", "x"}},
        {"-- old Macintosh;\rSELECT 1; --\rSELECT 2", {"SELECT 1", "SELECT 2"}},
        {"SELECT \"a;\"\"b\"; x", {"SELECT \"a;\"\"b\"", "x"}},
        {"SELECT $$;$a$;$$, $a$;$$;$a$, $1; x", {"SELECT $$;$a$;$$, $a$;$$;$a$, $1", "x"}},
        {"SELECT $1E'\\';', $1a$b$;c", {"SELECT $1E'\\';', $1a$b$", "c"}},
        {"SELECT a$b$;c$b$ ", {"SELECT a$b$", "c$b$"}},
        {"CREATE RULE r AS ON UPDATE TO t DO (SELECT 1; SELECT 2); x",
         {"CREATE RULE r AS ON UPDATE TO t DO (SELECT 1; SELECT 2)", "x"}},
        {"create or replace function f() returns int begin atomic select case when true then 1 "
         "end; "
         "select 2; end; x",
         {"create or replace function f() returns int begin atomic select case when true then 1 "
          "end; select 2; end",
          "x"}},
        {"BEGIN; SELECT 1; END; x", {"BEGIN", "SELECT 1", "END", "x"}},
        {"SELECT 'Stra\xc3\x9f"
         "e;', \xc3\xa4; x",
         {"SELECT 'Stra\xc3\x9f"
          "e;', \xc3\xa4",
          "x"}},
    };
    for (const split_case& one : cases) {
        EXPECT_EQ(texts_of(one.script), one.statements) << one.script;
    }
}

TEST(SqlScript, KnowsPlacesAndWords) {
    const auto all =
        split_script("-- \xc3\xa4\n\xc3\xa4 ;\r\n  CREATE \"Index\" (async) 'x' on 12;");
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].position.line, 2U);
    EXPECT_EQ(all[0].position.column, 1U);
    EXPECT_EQ(all[1].position.line, 3U);
    EXPECT_EQ(all[1].position.column, 3U);
    EXPECT_EQ(all[1].words, (texts{"CREATE", "\"", "'", "ON"}));
    const auto place = dsql_cli::sql::position_after("a\xc3\xa4\nbc", 5, {.line = 7, .column = 3});
    EXPECT_EQ(place.line, 8U);
    EXPECT_EQ(place.column, 2U);
    EXPECT_EQ(dsql_cli::sql::offset_of_character("a\xc3\xa4"
                                                 "b",
                                                 2),
              3U);
    EXPECT_EQ(dsql_cli::sql::offset_of_character("ab", 9), 2U);
}

struct fault_case {
    std::string_view script;
    std::size_t line;
    std::size_t column;
    std::string_view words;
};

TEST(SqlScript, SaysWhereItCannotBeSplit) {
    for (const fault_case& one :
         std::vector<fault_case>{{"SELECT 1;\n SELECT 'a", 2, 9, "second '"},
                                 {"SELECT E'a\\'", 1, 9, "second '"},
                                 {"SELECT \"a", 1, 8, "second \""},
                                 {"SELECT $x$a$y$", 1, 8, "second $x$"},
                                 {"SELECT 1; /* /* */", 1, 11, "\"*/\""},
                                 {"SELECT 1;\n\\d", 2, 1, "psql"},
                                 {std::string_view("SELECT 1\0", 9), 1, 9, "zero byte"}}) {
        try {
            static_cast<void>(split_script(one.script));
            ADD_FAILURE() << one.script;
        } catch (const script_error& failed) {
            EXPECT_EQ(failed.position().line, one.line) << one.script;
            EXPECT_EQ(failed.position().column, one.column) << one.script;
            EXPECT_NE(std::string_view(failed.what()).find(one.words), std::string_view::npos)
                << failed.what();
        }
    }
}

// What PostgreSQL's own lexer makes of a script; none if it finds an error.
std::optional<std::vector<std::string>> split_by_postgres(const std::string& script) {
    const std::unique_ptr<PgQuerySplitResult, void (*)(PgQuerySplitResult*)> split(
        new PgQuerySplitResult(pg_query_split_with_scanner(script.c_str())),
        [](PgQuerySplitResult* one) {
            pg_query_free_split_result(*one);
            delete one;
        });
    if (split->error != nullptr) {
        return std::nullopt;
    }
    std::vector<std::string> pieces;
    for (int i = 0; i < split->n_stmts; ++i) {
        const PgQuerySplitStmt& piece = *split->stmts[i];
        pieces.push_back(script.substr(static_cast<std::size_t>(piece.stmt_location),
                                       static_cast<std::size_t>(piece.stmt_len)));
    }
    return pieces;
}

// To PostgreSQL's lexer it is an operator.
bool has_lonely_backslash(const std::string& script) {
    try {
        static_cast<void>(split_script(script));
        return false;
    } catch (const script_error& failed) {
        return std::string_view(failed.what()).find("psql") != std::string_view::npos;
    }
}

// Each statement has a keyword and no lonely parenthesis: libpg_query leaves out all others.
std::string random_script(std::mt19937_64& random) {
    static const std::vector<std::string> tokens = {
        "SELECT", "a",        "e",        "E",        "'",        "'x'",   "E'\\''",    "E'a'",
        "''",     "\"",       "\"b\"",    "$$",       "$a$",      "$1",    "a$b$",      "1",
        "1.5",    ";SELECT ", ";SELECT ", ";SELECT ", ";SELECT ", "(a;b)", "(a;(b);c)", "--",
        "/*",     "*/",       "\n",       "\n",       " ",        " ",     " ",         "-",
        "/",      "*",        "+",        "\xc3\xa4", "U&'x'",    "N'x'",  "::",        "\r\n",
        "_",      "CASE",     "END",      "\t",       "\r"};
    std::string script = "SELECT ";
    for (std::size_t left = random() % 24; left > 0; --left) {
        script += tokens[random() % tokens.size()];
    }
    return script;
}

TEST(SqlScript, AgreesWithPostgresqlsLexer) {
    std::mt19937_64 random(random_seed());
    int compared = 0;
    for (int i = 0; i < 30'000; ++i) {
        const std::string script = random_script(random);
        const auto expected = split_by_postgres(script);
        if (!expected || has_lonely_backslash(script)) {
            continue;
        }
        ++compared;
        // PostgreSQL's pieces may begin and end with comments.
        std::vector<std::string> trimmed;
        for (const std::string& piece : *expected) {
            const auto inner = texts_of(piece);
            ASSERT_LE(inner.size(), 1U) << piece;
            trimmed.insert(trimmed.end(), inner.begin(), inner.end());
        }
        ASSERT_EQ(texts_of(script), trimmed) << script;
    }
    EXPECT_GT(compared, 10'000);
}

}  // namespace sql_script_test
