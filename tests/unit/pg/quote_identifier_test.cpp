// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/sql_text.hpp>

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace quote_identifier_test {

using dsql::quote_identifier;

TEST(QuoteIdentifier, QuotesEveryCharacter) {
    EXPECT_EQ(quote_identifier("orders"), "\"orders\"");
    EXPECT_EQ(quote_identifier("Orders"), "\"Orders\"");
    EXPECT_EQ(quote_identifier("a\"b"), "\"a\"\"b\"");
    EXPECT_EQ(quote_identifier("a.b; DROP TABLE c --"), "\"a.b; DROP TABLE c --\"");
    EXPECT_EQ(quote_identifier(std::string(63, 'n')), "\"" + std::string(63, 'n') + "\"");
    EXPECT_EQ(quote_identifier(std::string(63, '"')), "\"" + std::string(126, '"') + "\"");
}

TEST(QuoteIdentifier, RejectsMalformedNames) {
    const auto error_text = [](std::string_view name) {
        return thrown_message<dsql::config_error>([&] { return quote_identifier(name); });
    };
    EXPECT_NE(error_text("").find("empty"), std::string::npos);
    EXPECT_NE(error_text(std::string_view("a\0b", 3)).find("zero byte"), std::string::npos);
    EXPECT_NE(error_text(std::string(64, 'n')).find("64 bytes; PostgreSQL would cut it"),
              std::string::npos);
}

}  // namespace quote_identifier_test
