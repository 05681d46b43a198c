// SPDX-License-Identifier: Apache-2.0
#include <dsql/occ_conflict.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace occ_conflict_test {

using dsql::conflict_kind;
using dsql::conflict_kind_of;
using dsql::occ_conflict;
using dsql::server_error;

dsql::server_error_fields report(const std::string& sqlstate, const std::string& message) {
    return {.sqlstate = sqlstate, .severity = "ERROR", .message = message};
}

TEST(OccConflict, IsRecognizedByItsCodes) {
    EXPECT_EQ(
        conflict_kind_of(report("40001", "change conflicts with another transaction (OC000)")),
        conflict_kind::data);
    EXPECT_EQ(conflict_kind_of(report(
                  "40001", "change conflicts with another transaction, please retry: (OC000)")),
              conflict_kind::data);
    EXPECT_EQ(
        conflict_kind_of(report("40001", "schema has been updated by another transaction (OC001)")),
        conflict_kind::schema);
    EXPECT_EQ(conflict_kind_of(report("40001", "words of next year, OC001")),
              conflict_kind::schema);
    EXPECT_EQ(conflict_kind_of(report("OC000", "mutation conflict")), conflict_kind::data);
    EXPECT_EQ(conflict_kind_of(report("OC001", "")), conflict_kind::schema);
    EXPECT_EQ(conflict_kind_of(report("40001", "could not serialize access")), conflict_kind::data);
}

TEST(OccConflict, OtherErrorsAreNoConflicts) {
    EXPECT_FALSE(conflict_kind_of(report("23505", "OC000 is taken")));
    EXPECT_FALSE(conflict_kind_of(report("40P01", "deadlock detected")));
    EXPECT_FALSE(conflict_kind_of(report("", "OC001")));
}

TEST(OccConflict, IsRecognizedInAnyServerError) {
    const auto conflict = report("40001", "(OC001)");
    EXPECT_TRUE(dsql::is_occ_conflict(occ_conflict(conflict)));
    EXPECT_TRUE(dsql::is_occ_conflict(server_error(conflict)));
    EXPECT_TRUE(dsql::is_occ_conflict(dsql::batch_error(server_error(conflict), 0, {})));
    EXPECT_FALSE(dsql::is_occ_conflict(server_error(report("22012", "division by zero"))));
    EXPECT_FALSE(dsql::is_occ_conflict(std::runtime_error("40001 (OC000)")));
}

TEST(OccConflict, HasAKind) {
    EXPECT_EQ(occ_conflict(report("40001", "(OC001)")).kind(), conflict_kind::schema);
    EXPECT_EQ(occ_conflict(report("40001", "(OC000)")).kind(), conflict_kind::data);
}

}  // namespace occ_conflict_test
