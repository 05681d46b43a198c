// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/copy_direction.hpp"

#include <gtest/gtest.h>

namespace copy_direction_test {

using dsql::pg::copy_direction;
using dsql::pg::copy_direction_of;

TEST(CopyDirection, IsDetected) {
    for (const char* const sql :
         {"COPY t FROM STDIN", "copy t from stdin", "/* x */ COPY \"to\" (a, b) FROM STDIN",
          ";COPY s.\"COPY\" FROM STDIN WITH (FORMAT csv)", "COPY t FROM STDIN -- TO",
          "COPY t FROM STDIN WHERE a > 1"}) {
        EXPECT_EQ(copy_direction_of(sql), copy_direction::in) << sql;
    }
    for (const char* const sql :
         {"COPY t TO STDOUT", "COPY (SELECT * FROM t) TO STDOUT", "COPY t (a, \"from\") TO STDOUT",
          "COPY (DELETE FROM t RETURNING (a)) TO STDOUT (FORMAT csv)"}) {
        EXPECT_EQ(copy_direction_of(sql), copy_direction::out) << sql;
    }
    for (const char* const sql :
         {"", "INSERT INTO t VALUES (1)", "SELECT * FROM t", "COPY", "COPY t", "'COPY t FROM x'",
          "\"COPY\" t FROM x", "DELETE FROM t"}) {
        EXPECT_EQ(copy_direction_of(sql), std::nullopt) << sql;
    }
}

}  // namespace copy_direction_test
