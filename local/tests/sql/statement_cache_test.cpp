// SPDX-License-Identifier: Apache-2.0
#include "sql/statement_cache.hpp"

#include "sql/statement_shape.hpp"
#include "wire/sql_scanner.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace statement_cache_test {

using namespace dsql_local;

TEST(statement_cache, keeps_what_was_used_last) {
    statement_cache cache(2, 10);
    cache.insert("a", {.size = 1});
    cache.insert("b", {.size = 2});
    ASSERT_TRUE(cache.find("a"));
    cache.insert("c", {.size = 3});
    EXPECT_EQ(cache.find("a")->size, 1U);
    EXPECT_FALSE(cache.find("b"));
    EXPECT_EQ(cache.find("c")->size, 3U);
    cache.insert("a", {.size = 4});
    EXPECT_EQ(cache.find("a")->size, 1U);
}

TEST(statement_cache, does_not_keep_long_keys) {
    statement_cache cache(2, 3);
    cache.insert("abcd", {});
    EXPECT_FALSE(cache.find("abcd"));
    cache.insert("abc", {});
    EXPECT_TRUE(cache.find("abc"));
}

statement_shape shape_of(std::string_view sql) {
    statement_shape shape(sql);
    wire::sql_scanner scanner(sql);
    while (const auto token = scanner.next()) {
        shape.add(*token);
    }
    return shape;
}

TEST(statement_shape, has_no_constants) {
    EXPECT_EQ(
        shape_of("SELECT a, 'x', 1.5 FROM t\n WHERE b = $12 -- c\n AND c IN (1, NULL)").text(),
        "SELECT a, '', '' FROM t WHERE b = $1 AND c IN ('', '')");
    EXPECT_EQ(shape_of("SELECT a IS NULL, E'\\'' || $$x$$").text(), "SELECT a IS NULL, '' || ''");
}

TEST(statement_shape, has_one_of_equal_rows) {
    std::string sql = "INSERT INTO t VALUES (0, 'a', $1)";
    for (int i = 1; i < 3'000; ++i) {
        sql += ", (" + std::to_string(i) + (i % 2 == 0 ? ", NULL, $" : ", 'b', $") +
               std::to_string(i) + ")";
    }
    EXPECT_EQ(shape_of(sql).text(), "INSERT INTO t VALUES ('', '', $1)");
    EXPECT_EQ(shape_of("VALUES (1, a), (2, a), (3, b), (4, b)").text(), "VALUES ('', a), ('', b)");
    EXPECT_EQ(shape_of("SELECT f(1)(2), a + (1) + (1)").text(),
              "SELECT f('')(''), a + ('') + ('')");
}

TEST(statement_shape, other_statements_need_their_constants) {
    EXPECT_FALSE(shape_of("SELECT set_configuration('a')").needs_constants());
    for (const char* sql : {"SET a = 1", "CREATE TABLE t (a int DEFAULT 1)", "SHOW a",
                            "SELECT Set_Config('a', 'b', true)", "SELECT \"to_tsvector\"('a', b)",
                            "SELECT 'x'::regconfig"}) {
        EXPECT_TRUE(shape_of(sql).needs_constants()) << sql;
    }
}

}  // namespace statement_cache_test
