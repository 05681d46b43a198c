// SPDX-License-Identifier: Apache-2.0
#include "pg/connect/scoped_environment_mask.hpp"
#include "support/scoped_environment.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

namespace hidden_environment_test {

using dsql::pg::scoped_environment_mask;

TEST(HiddenEnvironment, HidesWhatIsNamedAndBringsItBack) {
    scoped_environment environment;
    environment.set("PGSERVICE", "nosuch");
    environment.set("PGSERVICEFILE", "file");
    environment.set("PGTZ", "Europe/Oslo");
    environment.unset("PGOPTIONS");
    {
        const std::array<const char*, 3> names = {"PGSERVICE", "PGOPTIONS", "PGTZ"};
        const scoped_environment_mask hidden(names);
        EXPECT_EQ(std::getenv("PGSERVICE"), nullptr);
        EXPECT_EQ(std::getenv("PGTZ"), nullptr);
        EXPECT_STREQ(std::getenv("PGSERVICEFILE"), "file");
    }
    EXPECT_STREQ(std::getenv("PGSERVICE"), "nosuch");
    EXPECT_STREQ(std::getenv("PGTZ"), "Europe/Oslo");
    EXPECT_EQ(std::getenv("PGOPTIONS"), nullptr);
}

}  // namespace hidden_environment_test
