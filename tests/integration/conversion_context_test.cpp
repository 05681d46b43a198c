// SPDX-License-Identifier: Apache-2.0
// When a value cannot be sent or read, in any of the possible ways, the error names the statement
// and the source location. So does an error about a missing row or column.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace conversion_context_test {

using namespace std::string_view_literals;
using dsql::connection;

struct small_one {
    short id;
};

struct way {
    const char* name;
    const char* statement;  // the part of it that the error must contain
    std::function<void(connection&)> run;

    friend std::ostream& operator<<(std::ostream& out, const way& of) { return out << of.name; }
};

template <class Range>
void walk(Range&& range) {
    for (const auto& row : range) {
        static_cast<void>(row);
    }
}

constexpr std::string_view too_large = "SELECT 70000 AS id";

const way conversion_ways[] = {
    {"query_value", "SELECT 70000",
     [](connection& db) {
         static_cast<void>(db.query_value<short>(too_large));
     }},
    {"query_one", "SELECT 70000",
     [](connection& db) {
         static_cast<void>(db.query_one<small_one>(too_large));
     }},
    {"query_optional", "SELECT 70000",
     [](connection& db) {
         static_cast<void>(db.query_optional<short>(too_large));
     }},
    {"query_all", "SELECT 70000",
     [](connection& db) {
         static_cast<void>(db.query_all<short>(too_large));
     }},
    {"typed_rows", "SELECT 70000",
     [](connection& db) {
         walk(db.query<small_one>(too_large));
     }},
    {"moved_rows", "SELECT 70000",
     [](connection& db) {
         auto rows = db.query<short>(too_large);
         const auto moved = std::move(rows);
         static_cast<void>(moved[0]);
     }},
    {"columns", "SELECT 1, 2",
     [](connection& db) {
         static_cast<void>(db.query<int>("SELECT 1, 2"));
     }},
    {"members", "SELECT 1 AS no",
     [](connection& db) {
         static_cast<void>(db.query<small_one>("SELECT 1 AS no"));
     }},
    {"field", "SELECT 70000",
     [](connection& db) {
         const auto all = db.query(too_large);
         static_cast<void>(all[0][0].as<short>());
     }},
    {"field_by_name", "SELECT 70000",
     [](connection& db) {
         const auto all = db.query(too_large);
         for (const dsql::row row : all) {
             static_cast<void>(row["id"].as<short>());
         }
     }},
    {"field_of_a_temporary", "SELECT 70000",
     [](connection& db) {
         static_cast<void>(db.query(too_large)[0][0].as<short>());
     }},
    {"kept_field_of_a_temporary", "SELECT 70000",
     [](connection& db) {
         const auto field = db.query(too_large)[0][0];
         static_cast<void>(db.query("SELECT 1"));
         static_cast<void>(field.as<short>());
     }},
    {"value", "SELECT 70000",
     [](connection& db) {
         static_cast<void>(db.query(too_large).value<short>());
     }},
    {"value_without_columns", "SELECT FROM",
     [](connection& db) {
         static_cast<void>(db.query_value<int>("SELECT FROM generate_series(1, 1)"));
     }},
    {"prepared", "SELECT $1::int4",
     [](connection& db) {
         const auto prepared = db.prepare("SELECT $1::int4");
         static_cast<void>(db.query_value<short>(prepared, 70'000));
     }},
    {"batch", "SELECT 70000",
     [](connection& db) {
         dsql::batch both;
         both.add("SELECT 1").add(too_large);
         auto results = db.run(both);
         static_cast<void>(results[1].value<short>());
     }},
    {"taken_of_a_batch", "SELECT 70000",
     [](connection& db) {
         dsql::batch both;
         both.add("SELECT 1").add(too_large);
         auto results = db.run(both);
         walk(results.take<short>(1));
     }},
    {"stream", "SELECT 70000",
     [](connection& db) {
         auto rows = db.stream<short>(too_large);
         walk(rows);
     }},
    {"columns_of_a_stream", "SELECT 1, 2",
     [](connection& db) {
         auto rows = db.stream<short>("SELECT 1, 2");
         walk(rows);
     }},
    {"transaction", "SELECT 70000",
     [](connection& db) {
         auto tx = db.begin();
         static_cast<void>(tx.query_value<short>(too_large));
     }},
    {"copy_out", "COPY",
     [](connection& db) {
         auto rows = db.copy_out<short>({.table = "conversion_context"});
         walk(rows);
     }},
    {"columns_of_copy_out", "COPY",
     [](connection& db) {
         auto rows = db.copy_out<int, int>({.table = "conversion_context"});
         walk(rows);
     }},
    {"copy_in", "COPY",
     [](connection& db) {
         auto rows = db.copy_in({.table = "conversion_context"});
         rows.row(2.5);
     }},
    {"copy_in_of_another_width", "COPY",
     [](connection& db) {
         auto rows = db.copy_in({.table = "conversion_context"});
         rows.row(1, 2);
     }},
    {"parameter", "SELECT $1",
     [](connection& db) {
         static_cast<void>(db.query("SELECT $1", "a\0b"sv));
     }},
    {"parameter_of_a_prepared", "SELECT $1::int4",
     [](connection& db) {
         const auto prepared = db.prepare("SELECT $1::int4");
         static_cast<void>(db.query(prepared, 2.5));
     }},
    {"parameter_that_does_not_fit_its_column", "INSERT INTO",
     [](connection& db) {
         db.execute("INSERT INTO conversion_context VALUES ($1)", 2.5);
     }},
    {"parameter_of_a_batch", "INSERT INTO",
     [](connection& db) {
         dsql::batch both;
         both.add("SELECT 1").add("INSERT INTO conversion_context VALUES ($1)", 2.5);
         static_cast<void>(db.run(both));
     }},
    {"parameter_added_to_a_batch", "SELECT $1",
     [](connection&) {
         dsql::batch().add("SELECT $1", "a\0b"sv);
     }},
    {"parameter_of_a_stream", "SELECT $1",
     [](connection& db) {
         static_cast<void>(db.stream<int>("SELECT $1", "a\0b"sv));
     }},
    {"zero_byte_in_the_statement", "SELECT",
     [](connection& db) {
         static_cast<void>(db.query("SELECT \0 1"sv));
     }},
    {"too_many_values", "SELECT $1::int",
     [](connection& db) {
         db.execute("SELECT $1::int", 1, 2);
     }},
};

const way range_ways[] = {
    {"row", "SELECT 1",
     [](connection& db) {
         const auto all = db.query("SELECT 1 AS id");
         static_cast<void>(all[1]);
     }},
    {"typed_row", "SELECT 1",
     [](connection& db) {
         const auto all = db.query<int>("SELECT 1 AS id");
         static_cast<void>(all[1]);
     }},
    {"column", "SELECT 1",
     [](connection& db) {
         const auto all = db.query("SELECT 1 AS id");
         static_cast<void>(all[0][1]);
     }},
    {"column_by_name", "SELECT 1",
     [](connection& db) {
         const auto all = db.query("SELECT 1 AS id");
         static_cast<void>(all[0]["no"]);
     }},
    {"column_of_a_temporary", "SELECT 1",
     [](connection& db) {
         static_cast<void>(db.query("SELECT 1 AS id")[0]["no"]);
     }},
};

class ConversionContext : public testing::TestWithParam<way> {
protected:
    ConversionContext() {
        session_.execute("DROP TABLE IF EXISTS conversion_context");
        session_.execute("CREATE TABLE conversion_context (id int)");
        session_.execute("INSERT INTO conversion_context VALUES (70000)");
    }
    ~ConversionContext() override { session_.execute("DROP TABLE conversion_context"); }

    static void expect_context(std::string_view text, std::string_view statement) {
        EXPECT_NE(text.find(" [statement: " + std::string(statement)), std::string_view::npos)
            << text;
        EXPECT_NE(text.find("conversion_context_test.cpp:"), std::string_view::npos) << text;
        EXPECT_EQ(text.find("[statement: "), text.rfind("[statement: ")) << text;
    }

    connection session_ = dsql::connect(endpoint_under_test());
};

TEST_P(ConversionContext, IsInTheError) {
    try {
        GetParam().run(session_);
    } catch (const dsql::conversion_error& failure) {
        expect_context(failure.what(), GetParam().statement);
        EXPECT_TRUE(failure.query().starts_with(GetParam().statement)) << failure.query();
        EXPECT_GT(failure.where().line(), 0U);
        return;
    }
    FAIL() << "nothing was thrown";
}

INSTANTIATE_TEST_SUITE_P(In, ConversionContext, testing::ValuesIn(conversion_ways),
                         [](const auto& one) { return std::string(one.param.name); });

class RangeContext : public ConversionContext {};

TEST_P(RangeContext, IsInTheError) {
    try {
        GetParam().run(session_);
    } catch (const std::out_of_range& failure) {
        expect_context(failure.what(), GetParam().statement);
        return;
    }
    FAIL() << "nothing was thrown";
}

INSTANTIATE_TEST_SUITE_P(In, RangeContext, testing::ValuesIn(range_ways),
                         [](const auto& one) { return std::string(one.param.name); });

// An error that a custom codec throws keeps its class.
struct marked_error : dsql::conversion_error {
    using conversion_error::conversion_error;
};

TEST_F(ConversionContext, IsAddedToTheOriginalError) {
    marked_error original("no");
    dsql::detail::name_statement(original, dsql::sql_text("SELECT 1"));
    const marked_error copy = original;
    EXPECT_NE(std::string_view(copy.what()).find("no [statement: SELECT 1] [at "),
              std::string_view::npos);
}

// ---------------------------------------------------------------- the number of values

class ValueCount : public ConversionContext {};

TEST_F(ValueCount, MustMatchTheParametersInEveryCall) {
    constexpr std::string_view sql = "SELECT $1::int";
    const auto refused = [](const auto& run, const std::string& text) {
        try {
            run();
        } catch (const dsql::conversion_error& failure) {
            EXPECT_EQ(std::string_view(failure.what()).substr(0, text.size()), text);
            return;
        }
        ADD_FAILURE() << "nothing was thrown: " << text;
    };
    const std::string two = "the statement takes 1 value, and 2 were given [statement: SELECT $1";
    const std::string none = "the statement takes 1 value, and 0 were given [statement: SELECT $1";
    refused([&] { session_.execute(sql, 1, 2); }, two);
    refused([&] { session_.execute(sql); }, none);
    refused([&] { static_cast<void>(session_.query(sql, dsql::parameters(1, 2))); }, two);
    refused([&] { static_cast<void>(session_.query_all<int>(sql, 1, 2)); }, two);
    refused([&] { static_cast<void>(session_.run(dsql::batch().add("SELECT 1").add(sql, 1, 2))); },
            two);
    refused([&] { static_cast<void>(session_.run(dsql::batch().add(sql))); }, none);
    refused([&] { static_cast<void>(session_.stream<int>(sql, 1, 2)); }, two);
    refused([&] { static_cast<void>(session_.begin().query(sql, 1, 2)); }, two);
    refused([&] { session_.execute("CREATE TABLE conversion_context_2 (id int)", 1); },
            "the statement takes 0 values, and 1 was given");
    EXPECT_TRUE(session_.is_idle());
    EXPECT_EQ(session_.query_value<int>(sql, 7), 7);
}

TEST_F(ValueCount, ComesFromThePlaceholdersAlone) {
    EXPECT_EQ(session_.query_value<std::string>("SELECT '$2' || $1 /* $3 */ -- $4", "a"), "$2a");
    EXPECT_EQ(session_.query_value<std::string>("SELECT $tag$ $2 $tag$ || $1", "a"), " $2 a");
    EXPECT_EQ(session_.query_value<int>("SELECT $2::int + $1::int + $2::int", 1, 20), 41);
    EXPECT_EQ(session_.query_value<int>("SELECT $2::int", 1, 20), 20);
    // The parameters in the body of a function do not belong to the statement.
    session_.execute("DROP FUNCTION IF EXISTS conversion_context_twice");
    session_.execute(
        "CREATE FUNCTION conversion_context_twice(int) RETURNS int LANGUAGE sql RETURN 2 * $1");
    EXPECT_EQ(session_.query_value<int>("SELECT conversion_context_twice($1)", 4), 8);
    session_.execute("DROP FUNCTION conversion_context_twice");
}

TEST_F(ValueCount, IsCheckedByTheServerWithoutStandardStrings) {
    session_.execute("SET standard_conforming_strings = off");
    session_.execute("SET escape_string_warning = off");
    EXPECT_EQ(session_.query_value<std::string>(R"(SELECT 'it\'s ' || $1)", "a"), "it's a");
}

}  // namespace conversion_context_test
