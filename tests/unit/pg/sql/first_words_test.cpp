// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/leading_keywords.hpp"

#include <gtest/gtest.h>

namespace first_words_test {

using dsql::detail::first_words;
using words = std::vector<std::string>;

TEST(FirstWords, AreInCapitalsAndAsManyAsWanted) {
    EXPECT_EQ(first_words("create Unique INDEX async i ON t", 4),
              (words{"CREATE", "UNIQUE", "INDEX", "ASYNC"}));
    EXPECT_EQ(first_words("COMMIT;", 4), words{"COMMIT"});
    EXPECT_EQ(first_words("", 4), words{});
    EXPECT_EQ(first_words("123", 4), words{});
}

TEST(FirstWords, StandBehindSpaceAndComments) {
    EXPECT_EQ(first_words(" \n\t-- no\n /* a /* nested */ one */ CREATE/**/INDEX", 4),
              (words{"CREATE", "INDEX"}));
    EXPECT_EQ(first_words("/* without an end", 4), words{});
    EXPECT_EQ(first_words("-- without an end", 4), words{});
    EXPECT_EQ(first_words("CREATE \"INDEX\"", 4), words{"CREATE"});
}

}  // namespace first_words_test
