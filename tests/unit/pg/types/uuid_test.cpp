// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/uuid.hpp>

#include <gtest/gtest.h>

#include <unordered_set>

namespace uuid_test {

using dsql::uuid;

constexpr const char* example = "3d813cbb-47fb-32ba-91df-831e1593ac29";

TEST(Uuid, ParsesWhatPostgresAccepts) {
    const uuid id = uuid::parse(example);
    for (const char* same :
         {"3D813CBB-47FB-32BA-91DF-831E1593AC29", "3d813cbb47fb32ba91df831e1593ac29",
          "{3d813cbb-47fb-32ba-91df-831e1593ac29}", "3d81-3cbb-47fb-32ba-91df-831e-1593-ac29"}) {
        EXPECT_EQ(uuid::parse(same), id) << same;
    }
    EXPECT_EQ(id.to_string(), example);
    EXPECT_EQ(id.bytes()[0], 0x3d);
    EXPECT_EQ(id.bytes()[15], 0x29);
}

TEST(Uuid, RejectsWhatPostgresRejects) {
    for (const char* wrong :
         {"", "{}", "3d813cbb-47fb-32ba-91df-831e1593ac2", "3d813cbb-47fb-32ba-91df-831e1593ac290",
          "3d813cbb-47fb-32ba-91df-831e1593ac2g", "{3d813cbb-47fb-32ba-91df-831e1593ac29",
          "3d8-13cbb-47fb-32ba-91df-831e1593ac29", "3d813cbb--47fb-32ba-91df-831e1593ac29",
          "-3d813cbb-47fb-32ba-91df-831e1593ac29", "3d813cbb-47fb-32ba-91df-831e1593ac29-",
          " 3d813cbb-47fb-32ba-91df-831e1593ac29"}) {
        EXPECT_THROW(static_cast<void>(uuid::parse(wrong)), dsql::conversion_error) << wrong;
    }
}

TEST(Uuid, RandomUuidsHaveVersionFour) {
    std::unordered_set<uuid> seen;
    for (int i = 0; i < 100; ++i) {
        const uuid id = uuid::random();
        EXPECT_EQ(id.bytes()[6] >> 4, 4);
        EXPECT_EQ(id.bytes()[8] >> 6, 2);
        EXPECT_TRUE(seen.insert(id).second);
    }
}

TEST(Uuid, OrderedByTheirBytes) {
    EXPECT_EQ(uuid().to_string(), "00000000-0000-0000-0000-000000000000");
    EXPECT_LT(uuid(), uuid::parse(example));
    EXPECT_LT(uuid::parse("7fffffffffffffffffffffffffffffff"),
              uuid::parse("80000000000000000000000000000000"));
}

}  // namespace uuid_test
