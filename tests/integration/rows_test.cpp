// SPDX-License-Identifier: Apache-2.0
// Rows as tuples, as values and as aggregates.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace rows_test {

struct user {
    int id = 0;
    std::string name{};
    std::optional<int> age{};
};

struct renamed {
    int number;
    std::string text;
};

struct user_id {
    std::int64_t number;
};

struct point {
    int x;
    int y;
};

}  // namespace rows_test

template <>
inline constexpr std::array<std::string_view, 2> dsql::column_names<rows_test::renamed> = {
    "no", "Text of it"};

template <>
struct dsql::codec<rows_test::user_id> : dsql::codec_through<rows_test::user_id, std::int64_t> {
    static std::int64_t to_base(const rows_test::user_id& id) { return id.number; }
    static rows_test::user_id from_base(std::int64_t number) { return {number}; }
};

// A type with a complete custom codec, which stores two integers as a text.
template <>
struct dsql::codec<rows_test::point> {
    static std::string name() { return "point"; }
    static constexpr oid type = oids::unspecified;
    static constexpr bool reads(oid column) { return column == oids::text; }
    static rows_test::point read(const binary_value& value) {
        const std::string text(value.bytes());
        const std::size_t comma = text.find(',');
        if (comma == std::string::npos) {
            throw conversion_error("a point is \"x,y\"");
        }
        return {std::stoi(text), std::stoi(text.substr(comma + 1))};
    }
    static void write_text(byte_writer& out, const rows_test::point& value) {
        out.put(std::to_string(value.x) + "," + std::to_string(value.y));
    }
};

namespace rows_test {

class Rows : public testing::Test {
protected:
    template <class T>
    std::string error_text(const std::string& sql) {
        return thrown_message<dsql::conversion_error>(
            [&] { return session_.query_all<T>(sql).size(); });
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Rows, IterateAsTuples) {
    int expected = 1;
    for (auto [number, text, nothing] : session_.query<int, std::string_view, std::optional<long>>(
             "SELECT n, 'row ' || n, NULL::bigint FROM generate_series(1, $1::int) n", 3)) {
        EXPECT_EQ(number, expected);
        EXPECT_EQ(text, "row " + std::to_string(expected));
        EXPECT_EQ(nothing, std::nullopt);
        ++expected;
    }
    EXPECT_EQ(expected, 4);
}

TEST_F(Rows, AreAccessibleByIndex) {
    const auto rows = session_.query<int>("SELECT n FROM generate_series(1, 3) n");
    EXPECT_EQ(rows.size(), 3);
    EXPECT_EQ(std::get<0>(rows[2]), 3);
    EXPECT_THROW(static_cast<void>(rows[3]), std::out_of_range);
}

TEST_F(Rows, OneOptionalAndAllAsValuesAndTuples) {
    EXPECT_EQ(session_.query_one<int>("SELECT 1"), 1);
    EXPECT_EQ((session_.query_one<int, std::string>("SELECT 1, 'a'")), std::tuple(1, "a"));
    EXPECT_EQ(session_.query_optional<int>("SELECT 1 WHERE false"), std::nullopt);
    EXPECT_EQ(session_.query_optional<int>("SELECT 1"), 1);
    EXPECT_EQ(session_.query_all<int>("SELECT n FROM generate_series(1, 3) n"),
              (std::vector{1, 2, 3}));
    EXPECT_EQ((session_.query_all<int, bool>("SELECT 1, true")),
              (std::vector{std::tuple(1, true)}));
}

TEST_F(Rows, TooFewAndTooManyAreErrorsWithTheStatement) {
    const std::string none = thrown_message<dsql::no_rows_error>(
        [&] { return session_.query_one<int>("SELECT 1 WHERE false"); });
    EXPECT_NE(none.find("SELECT 1 WHERE false"), std::string::npos) << none;
    EXPECT_NE(none.find("rows_test.cpp"), std::string::npos) << none;
    const std::string many = thrown_message<dsql::too_many_rows_error>(
        [&] { return session_.query_optional<int>("VALUES (1), (2)").has_value(); });
    EXPECT_NE(many.find("returned 2 rows"), std::string::npos) << many;
    EXPECT_THROW(static_cast<void>(session_.query_one<int>("VALUES (1), (2)")),
                 dsql::too_many_rows_error);
    EXPECT_EQ(session_.query_value<int>("VALUES (1), (2)"), 1) << "the first";
}

TEST_F(Rows, AggregatesAreReadByName) {
    const std::vector<user> users = session_.query_all<user>(
        "SELECT NULL::int AS age, 'Ann' AS name, 1 AS id UNION ALL SELECT 30, 'Bob', 2 ORDER BY "
        "id");
    ASSERT_EQ(users.size(), 2U);
    EXPECT_EQ(users[0].name, "Ann");
    EXPECT_EQ(users[0].age, std::nullopt);
    EXPECT_EQ(users[1].id, 2);
    EXPECT_EQ(users[1].age, 30);
    EXPECT_EQ(session_.query_one<user>("SELECT 7 AS id, 'C' AS name, 1 AS age").id, 7);
    for (const user& one : session_.query<user>("SELECT 7 AS id, 'C' AS name, 1 AS age")) {
        EXPECT_EQ(one.name, "C");
    }
}

TEST_F(Rows, AggregatesAreReadStrictly) {
    const std::string missing = error_text<user>("SELECT 1 AS id, 'a' AS name");
    EXPECT_NE(missing.find("no column for the member \"age\""), std::string::npos) << missing;
    const std::string extra =
        error_text<user>("SELECT 1 AS id, 'a' AS name, 1 AS age, 2 AS weight WHERE false");
    EXPECT_NE(extra.find("no member for the column \"weight\""), std::string::npos) << extra;
    EXPECT_NE(extra.find("the members \"id\", \"name\", \"age\""), std::string::npos) << extra;
    const std::string twice = error_text<user>("SELECT 1 AS id, 2 AS id, 'a' AS name, 1 AS age");
    EXPECT_NE(twice.find("two columns \"id\""), std::string::npos) << twice;
    const std::string type =
        error_text<user>("SELECT 'x' AS id, 'a' AS name, 1 AS age WHERE false");
    EXPECT_EQ(type,
              "column \"id\" (text) as int: that SQL type is not read as this C++ type; cast it in "
              "the statement")
        << "checked without any row, too";
}

TEST_F(Rows, AggregatesByPositionAndLeniently) {
    const user by_position =
        session_.query_one<dsql::by_position<user>>("SELECT 1, 'a', 2 AS whatever");
    EXPECT_EQ(by_position.age, 2);
    EXPECT_NE(error_text<dsql::by_position<user>>("SELECT 1, 'a'").find("the aggregate has 3"),
              std::string::npos);
    const user lax = session_.query_one<dsql::lax<user>>("SELECT 'a' AS name, 1 AS other");
    EXPECT_EQ(lax.name, "a");
    EXPECT_EQ(lax.id, 0);
    EXPECT_EQ(lax.age, std::nullopt);
}

TEST_F(Rows, ColumnNamesCanBeSpecialized) {
    const auto one = session_.query_one<renamed>("SELECT 'a' AS \"Text of it\", 5 AS no");
    EXPECT_EQ(one.number, 5);
    EXPECT_EQ(one.text, "a");
}

TEST_F(Rows, TheNumberOfColumnsIsChecked) {
    const std::string message = thrown_message<dsql::conversion_error>(
        [&] { return session_.query<int>("SELECT 1, 2 AS b").size(); });
    EXPECT_NE(message.find("the result has 2 columns"), std::string::npos) << message;
}

TEST_F(Rows, CustomTypes) {
    EXPECT_EQ(session_.query_value<user_id>("SELECT $1", user_id{7}).number, 7);
    EXPECT_FALSE(session_.query_value<std::optional<user_id>>("SELECT NULL::bigint").has_value());
    const point there_and_back = session_.query_value<point>("SELECT $1", point{3, -4});
    EXPECT_EQ(there_and_back.x, 3);
    EXPECT_EQ(there_and_back.y, -4);
    EXPECT_EQ(thrown_message<dsql::conversion_error>(
                  [&] { return session_.query_value<point>("SELECT 'nowhere' AS p").x; }),
              "column \"p\" (text) as point: a point is \"x,y\"");
}

TEST_F(Rows, AResultInTextFormatIsAnError) {
    const dsql::result text(PQexec(session_.native_handle(), "SELECT 1 AS n"));
    const std::string message =
        thrown_message<dsql::conversion_error>([&] { return text[0]["n"].as<int>(); });
    EXPECT_NE(message.find("in text format"), std::string::npos) << message;
    EXPECT_EQ(text[0]["n"].bytes(), "1");
}

}  // namespace rows_test
