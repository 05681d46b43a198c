// SPDX-License-Identifier: Apache-2.0
// C++ enumerations in columns of numbers, of text, and of SQL enum types.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace enum_columns_test {

enum class level : std::int16_t { low = 1, high = 2 };
enum class mood { sad, happy };

struct person {
    std::string name;
    mood feeling{};
    std::optional<level> rank{};
};

}  // namespace enum_columns_test

template <>
inline constexpr auto dsql::enum_labels<enum_columns_test::mood> =
    std::to_array<std::pair<enum_columns_test::mood, std::string_view>>(
        {{enum_columns_test::mood::sad, "sad"}, {enum_columns_test::mood::happy, "happy"}});

namespace enum_columns_test {

using dsql::conversion_error;

class EnumColumns : public testing::Test {
protected:
    EnumColumns() {
        session_.execute("CREATE TYPE pg_temp.mood AS ENUM ('sad', 'happy', 'bored')");
        session_.execute(
            "CREATE TEMP TABLE people (name text, feeling pg_temp.mood, rank smallint)");
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(EnumColumns, RoundTripByLabelAndByNumber) {
    constexpr const char* insert = "INSERT INTO people VALUES ($1, $2, $3)";
    session_.execute(insert, "Ann", mood::happy, level::high);
    session_.execute(session_.prepare(insert), "Bob", mood::sad, std::optional<level>());
    const auto people = session_.query_all<person>("SELECT * FROM people ORDER BY name");
    ASSERT_EQ(people.size(), 2U);
    EXPECT_EQ(people[0].feeling, mood::happy);
    EXPECT_EQ(people[0].rank, level::high);
    EXPECT_EQ(people[1].feeling, mood::sad);
    EXPECT_EQ(people[1].rank, std::nullopt);
    EXPECT_EQ(session_.query_value<std::string>("SELECT feeling::text FROM people WHERE rank = $1",
                                                level::high),
              "happy");
}

TEST_F(EnumColumns, LabelsAreReadFromTextToo) {
    EXPECT_EQ(session_.query_value<mood>("SELECT $1::text", mood::sad), mood::sad);
    EXPECT_EQ(session_.query_value<mood>("SELECT 'happy'::character(20)"), mood::happy);
    EXPECT_THROW(static_cast<void>(session_.query_value<mood>("SELECT 1")), conversion_error);
}

TEST_F(EnumColumns, AnUnknownLabelIsNamed) {
    const std::string message = thrown_message<conversion_error>(
        [&] { return session_.query_value<mood>("SELECT 'bored'::pg_temp.mood AS feeling"); });
    for (const char* const part :
         {"\"feeling\"", "enum_columns_test::mood", "\"bored\"", "\"sad\", \"happy\""}) {
        EXPECT_NE(message.find(part), std::string::npos) << message;
    }
    EXPECT_THROW(session_.execute("SELECT $1::text", static_cast<mood>(7)), conversion_error);
}

TEST_F(EnumColumns, ANumberThatDoesNotFitIsAnError) {
    const std::string message = thrown_message<conversion_error>(
        [&] { return session_.query_value<level>("SELECT 70000 AS rank"); });
    EXPECT_NE(message.find("the value 70000 does not fit"), std::string::npos) << message;
}

TEST_F(EnumColumns, LabelsAreElementsOfArrays) {
    const std::vector<mood> moods = {mood::happy, mood::sad};
    const auto in_array = [&](const char* sql) {
        return session_.query_value<std::vector<mood>>(sql, moods);
    };
    EXPECT_EQ(in_array("SELECT $1::pg_temp.mood[]"), moods);
    EXPECT_EQ(in_array("SELECT $1::text[]"), moods);
    EXPECT_EQ(in_array("SELECT $1::varchar[]"), moods);
    EXPECT_TRUE(session_.query_value<bool>("SELECT 'sad'::pg_temp.mood = ANY($1)", moods));
    EXPECT_EQ(session_.query_value<std::vector<std::optional<mood>>>(
                  "SELECT ARRAY['sad', NULL]::pg_temp.mood[]"),
              (std::vector<std::optional<mood>>{mood::sad, std::nullopt}));
    session_.execute("CREATE TEMP TABLE lists (moods pg_temp.mood[], texts text[])");
    session_.execute("INSERT INTO lists VALUES ($1, $2)", moods, moods);
    session_.execute(session_.prepare("INSERT INTO lists VALUES ($1, $2)"), moods, moods);
    dsql::copy_writer copy = session_.copy_in({.table = "lists"});
    copy.row(moods, moods);
    EXPECT_EQ(copy.finish(), 1);
    EXPECT_EQ(session_.query_value<std::string>(
                  "SELECT string_agg(DISTINCT lists::text, ' ') FROM lists"),
              "(\"{happy,sad}\",\"{happy,sad}\")");
}

TEST_F(EnumColumns, AnArrayIsNotReadAsALabel) {
    EXPECT_NE(thrown_message<conversion_error>([&] {
                  return session_.query_value<mood>("SELECT ARRAY['sad']::pg_temp.mood[]");
              }).find("the value is no label; an array is read as a std::vector"),
              std::string::npos);
    EXPECT_THROW(
        static_cast<void>(session_.query_value<std::vector<mood>>("SELECT 'sad'::pg_temp.mood")),
        conversion_error);
}

TEST_F(EnumColumns, ALongLabelIsTruncated) {
    const std::string message = thrown_message<conversion_error>(
        [&] { return session_.query_value<mood>("SELECT repeat('x', 100000)"); });
    EXPECT_LT(message.size(), 1000U);
    EXPECT_NE(message.find("(100000 bytes)"), std::string::npos) << message;
}

TEST_F(EnumColumns, AreElementsOfArrays) {
    const std::vector<level> levels = {level::high, level::low};
    EXPECT_EQ(session_.query_value<std::vector<level>>("SELECT $1::smallint[]", levels), levels);
}

}  // namespace enum_columns_test
