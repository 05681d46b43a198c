// SPDX-License-Identifier: Apache-2.0
// The error for a value that cannot be read names the column, the SQL type and the C++ type, in
// every way of reading rows.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace row_errors_test {

using dsql::conversion_error;

struct pair {
    short small = -7;
    std::string text = "none";
};

class RowErrors : public testing::Test {
protected:
    // Returns the error of iterating over the rows. Requesting the rows must not throw.
    template <class... Ts>
    std::string when_walked(const std::string& sql) {
        const auto rows = session_.query<Ts...>(sql);
        return thrown_message<conversion_error>([&] {
            for (const auto& row : rows) {
                static_cast<void>(row);
            }
            return 0;
        });
    }
    // Returns the error of requesting the rows, before any is read.
    template <class... Ts>
    std::string when_asked(const std::string& sql) {
        return thrown_message<conversion_error>([&] { return session_.query<Ts...>(sql).size(); });
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(RowErrors, OfAValueAreThrownWhenItIsRead) {
    const std::string null =
        "column \"small\" (smallint) as short: the value is NULL; read it as std::optional";
    EXPECT_EQ((when_walked<int, short>("SELECT 1, NULL::smallint AS small")), null);
    EXPECT_EQ(when_walked<pair>("SELECT 'a' AS text, NULL::smallint AS small"), null);
    EXPECT_EQ(when_walked<dsql::by_position<pair>>("SELECT NULL::smallint AS small, 'a'"), null);
    EXPECT_EQ(when_walked<dsql::lax<pair>>("SELECT NULL::smallint AS small"), null);
    const std::string overflow =
        "column \"small\" (integer) as short: the value 70000 does not fit";
    EXPECT_EQ((when_walked<int, short>("SELECT 1, 70000 AS small")), overflow);
    EXPECT_EQ(when_walked<pair>("SELECT 'a' AS text, 70000 AS small"), overflow);
    EXPECT_EQ(when_walked<std::optional<short>>("SELECT 70000 AS small"),
              "column \"small\" (integer) as std::optional<short>: the value 70000 does not fit");
}

TEST_F(RowErrors, OfAColumnAreThrownEvenWithoutRows) {
    for (const std::string rows : {"", " WHERE false"}) {
        const std::string type =
            "column \"small\" (text) as short: that SQL type is not read as this C++ type; cast it "
            "in the statement";
        EXPECT_EQ((when_asked<int, short>("SELECT 1, 'a' AS small" + rows)), type);
        EXPECT_EQ(when_asked<pair>("SELECT 'a' AS text, 'a' AS small" + rows), type);
        EXPECT_EQ(when_asked<dsql::lax<pair>>("SELECT 'a' AS small" + rows), type);
        EXPECT_NE((when_asked<int, short>("SELECT 1" + rows)).find("the result has 1 columns"),
                  std::string::npos);
        EXPECT_NE(when_asked<dsql::lax<pair>>("SELECT 1 AS small, 2 AS small" + rows)
                      .find("there are two columns \"small\""),
                  std::string::npos);
    }
}

TEST_F(RowErrors, DoNotAffectOtherRows) {
    const auto rows = session_.query<short>("VALUES (1), (70000), (3)");
    EXPECT_EQ(std::get<0>(rows[0]), 1);
    EXPECT_THROW(static_cast<void>(rows[1]), conversion_error);
    EXPECT_EQ(std::get<0>(rows[2]), 3);
    EXPECT_THROW(static_cast<void>(session_.query_all<short>("VALUES (1), (70000)")),
                 conversion_error);
    EXPECT_TRUE(session_.is_idle());
}

TEST_F(RowErrors, LaxMembersKeepTheirDefaults) {
    const pair one = session_.query_one<dsql::lax<pair>>("SELECT 1 AS other");
    EXPECT_EQ(one.small, -7);
    EXPECT_EQ(one.text, "none");
}

TEST_F(RowErrors, AStatementWithoutRowsHasNoColumns) {
    EXPECT_NE(when_asked<int>("CREATE TEMP TABLE quiet (n int)").find("(none)"), std::string::npos);
    EXPECT_THROW(static_cast<void>(session_.query_value<int>("INSERT INTO quiet VALUES (1)")),
                 dsql::no_rows_error);
    EXPECT_NE(thrown_message<conversion_error>([&] {
                  return session_.query_value<int>("SELECT");
              }).find("a row without columns"),
              std::string::npos);
}

}  // namespace row_errors_test
