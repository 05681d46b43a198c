// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/leading_keywords.hpp"

#include <gtest/gtest.h>

namespace leading_keywords_test {

using dsql::detail::leading_keywords;
using words = std::vector<std::string>;

TEST(LeadingKeywords, AreUppercaseAndLimitedInNumber) {
    EXPECT_EQ(leading_keywords("create Unique INDEX async i ON t", 4),
              (words{"CREATE", "UNIQUE", "INDEX", "ASYNC"}));
    EXPECT_EQ(leading_keywords("COMMIT;", 4), words{"COMMIT"});
    EXPECT_EQ(leading_keywords("", 4), words{});
    EXPECT_EQ(leading_keywords("123", 4), words{});
}

TEST(LeadingKeywords, FollowWhitespaceAndComments) {
    EXPECT_EQ(leading_keywords(" \n\t-- no\n /* a /* nested */ one */ CREATE/**/INDEX", 4),
              (words{"CREATE", "INDEX"}));
    EXPECT_EQ(leading_keywords("/* without an end", 4), words{});
    EXPECT_EQ(leading_keywords("-- without an end", 4), words{});
    EXPECT_EQ(leading_keywords("CREATE \"INDEX\"", 4), words{"CREATE"});
}

}  // namespace leading_keywords_test
