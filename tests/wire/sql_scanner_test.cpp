// SPDX-License-Identifier: Apache-2.0
#include "wire/sql_scanner.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sql_scanner_test {

using namespace wire;

std::vector<std::string> tokens(std::string_view sql) {
    sql_scanner scanner(sql);
    std::vector<std::string> all;
    while (const auto token = scanner.next()) {
        EXPECT_EQ(token->text, sql.substr(token->offset, token->text.size()));
        all.emplace_back(token->text);
    }
    return all;
}

using texts = std::vector<std::string>;

TEST(sql_scanner, comments_are_skipped) {
    EXPECT_EQ(tokens("a -- b\nc /* d /* e */ f */ g --"), (texts{"a", "c", "g"}));
    EXPECT_EQ(tokens("a -- b\rc -- d\r\ne"), (texts{"a", "c", "e"}));
    EXPECT_EQ(tokens("/* never closed"), texts{});
}

TEST(sql_scanner, strings_are_one_token) {
    EXPECT_EQ(tokens("'a''b' 'c;' E'd\\'e' \"f\"\"g\" 'h"),
              (texts{"'a''b'", "'c;'", "E'd\\'e'", "\"f\"\"g\"", "'h"}));
    EXPECT_EQ(tokens("'a\\' b"), (texts{"'a\\'", "b"}));
    EXPECT_EQ(tokens("$$a;b$$ $x$ $$ $x$ c"), (texts{"$$a;b$$", "$x$ $$ $x$", "c"}));
}

TEST(sql_scanner, parameters_and_dollars_in_words_quote_nothing) {
    EXPECT_EQ(tokens("$1 a$b$ c$b$"), (texts{"$", "1", "a$b$", "c$b$"}));
    EXPECT_EQ(tokens("1$$;$$ 1.5e3 $1"), (texts{"1", "$$;$$", "1.5e3", "$", "1"}));
}

TEST(sql_scanner, keywords_are_told_from_names) {
    const auto first = [](std::string_view sql) {
        return *sql_scanner(sql).next();
    };
    EXPECT_TRUE(first("select").is("SELECT"));
    EXPECT_FALSE(first("\"select\"").is("SELECT"));
    EXPECT_FALSE(first("'select'").is("SELECT"));
    EXPECT_EQ(first("MyTable").name(), "mytable");
    EXPECT_EQ(first("\"My\"\"Table\"").name(), "My\"Table");
}

}  // namespace sql_scanner_test
