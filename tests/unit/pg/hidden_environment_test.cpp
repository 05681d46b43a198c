// SPDX-License-Identifier: Apache-2.0
#include "pg/hidden_environment.hpp"

#include "support/scoped_environment.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>

namespace {

using dsql::pg::hidden_pg_environment;

TEST(HiddenEnvironment, HidesEveryPgVariableAndBringsItBack) {
    scoped_environment environment;
    environment.set("PGSERVICE", "nosuch");
    environment.set("PGTZ", "Europe/Oslo");
    environment.set("PAGER", "less");
    {
        const hidden_pg_environment hidden;
        EXPECT_EQ(std::getenv("PGSERVICE"), nullptr);
        EXPECT_EQ(std::getenv("PGTZ"), nullptr);
        EXPECT_STREQ(std::getenv("PAGER"), "less");
    }
    EXPECT_STREQ(std::getenv("PGSERVICE"), "nosuch");
    EXPECT_STREQ(std::getenv("PGTZ"), "Europe/Oslo");
}

}  // namespace
