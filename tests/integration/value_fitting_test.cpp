// SPDX-License-Identifier: Apache-2.0
// Values that are sent for a parameter of another type. Every way to send them stores the same
// value, or every way reports an error.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace value_fitting_test {

using namespace std::chrono_literals;
using dsql::decimal;

enum class path { prepared, list, copy_text, copy_binary, unprepared, unprepared_list, batch };

constexpr path paths[] = {path::prepared,    path::list,       path::copy_text,
                          path::copy_binary, path::unprepared, path::unprepared_list,
                          path::batch};
constexpr path paths_that_know_the_type[] = {path::prepared, path::list, path::copy_text,
                                             path::copy_binary};

std::string name_of(path way) {
    const char* const names[] = {
        "prepared", "list", "COPY text", "COPY binary", "unprepared", "unprepared list", "batch"};
    return names[static_cast<std::size_t>(way)];
}

class ValuesInColumns : public testing::Test {
protected:
    ValuesInColumns() {
        session_.execute("SET TIME ZONE 'America/New_York'");
        session_.execute("SET DateStyle = 'ISO, YMD'");
        session_.execute("SET IntervalStyle = 'postgres'");
    }

    // Makes a new table for each test, because the connection knows the types of statements that it
    // has run before.
    std::string new_table(const std::string& columns) {
        const std::string table = "values_" + std::to_string(++tables_);
        session_.execute("CREATE TEMP TABLE " + table + " (" + columns + ")");
        return table;
    }

    template <class... Ts>
    void store(path way, const std::string& table, const Ts&... values) {
        std::string insert = "INSERT INTO " + table + " VALUES ($1";
        for (std::size_t i = 2; i <= sizeof...(Ts); ++i) {
            insert += ", $" + std::to_string(i);
        }
        insert += ")";
        switch (way) {
            case path::prepared:
                session_.execute(session_.prepare(insert), values...);
                return;
            case path::list:
                session_.execute(session_.prepare(insert), dsql::parameters(values...));
                return;
            case path::unprepared:
                session_.execute(insert, values...);
                return;
            case path::unprepared_list:
                session_.execute(insert, dsql::parameters(values...));
                return;
            case path::batch: {
                dsql::batch one;
                one.add(insert, values...);
                static_cast<void>(session_.run(one));
                return;
            }
            default: {
                dsql::copy_writer copy = session_.copy_in(
                    {.table = table,
                     .format = way == path::copy_text ? dsql::copy_format::text
                                                      : dsql::copy_format::binary});
                copy.row(values...);
                static_cast<void>(copy.finish());
            }
        }
    }

    // Returns the stored value as PostgreSQL shows it, or the class of the error.
    template <class T>
    std::string stored(path way, const std::string& type, const T& value) {
        const std::string table = new_table("it " + type);
        try {
            store(way, table, value);
        } catch (const dsql::conversion_error&) {
            EXPECT_EQ(session_.query_value<int>("SELECT count(*)::int FROM " + table), 0);
            return "conversion_error";
        } catch (const dsql::server_error& failure) {
            return std::string("server_error: ") + failure.what();
        }
        return session_.query_value<std::string>("SELECT coalesce(it::text, 'NULL') FROM " + table);
    }

    template <class T>
    void expect_on(std::span<const path> ways, const std::string& type, const T& value,
                   const std::string& expected) {
        for (const path way : ways) {
            EXPECT_EQ(stored(way, type, value), expected)
                << "into " << type << ", " << name_of(way);
        }
    }
    template <class T>
    void expect_stored(const std::string& type, const T& value, const std::string& expected) {
        expect_on(paths, type, value, expected);
        expect_on(paths, type, std::optional<T>(), "NULL");
    }
    template <class T>
    void expect_refused(const std::string& type, const T& value) {
        expect_stored(type, value, "conversion_error");
    }
    template <class T>
    void expect_refused_where_known(const std::string& type, const T& value) {
        expect_on(paths_that_know_the_type, type, value, "conversion_error");
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
    int tables_ = 0;
};

TEST_F(ValuesInColumns, DoublesInNumericKeepAllDigits) {
    expect_stored("numeric", 9'007'199'254'740'991.0, "9007199254740991");
    expect_stored("numeric", -123'456'789.012'345'67, "-123456789.01234567");
    expect_stored("numeric", 0.1, "0.1");
    expect_stored("numeric", 0.1F, "0.1");
    expect_stored("numeric", 16'777'217.0, "16777217");
    expect_stored("numeric", 16'777'216.0F, "16777216");
    expect_stored("numeric", 1e22, "10000000000000000000000");
    expect_stored("numeric", 1e-7, "0.0000001");
    expect_stored("numeric", 100'000.0, "100000");
    expect_stored("numeric", -0.0, "0");
    expect_stored("numeric", std::nan(""), "NaN");
    expect_stored("numeric", std::numeric_limits<double>::infinity(), "Infinity");
    expect_stored("numeric(6,2)", 1234.565, "1234.57");
    expect_stored("numeric[]", std::vector<double>{9'007'199'254'740'991.0, 0.5},
                  "{9007199254740991,0.5}");
    expect_stored("numeric[]", std::vector<std::optional<float>>{0.1F, std::nullopt}, "{0.1,NULL}");
    expect_stored("numeric[]", std::vector<double>{}, "{}");
}

TEST_F(ValuesInColumns, DoublesInIntegersAreWholeNumbers) {
    expect_stored("bigint", 9'007'199'254'740'991.0, "9007199254740991");
    expect_stored("bigint", -9'223'372'036'854'775'808.0, "-9223372036854775808");
    expect_stored("integer", 100'000.0, "100000");
    expect_stored("smallint", -7.0F, "-7");
    expect_stored("integer[]", std::vector<double>{1, -2}, "{1,-2}");
    for (const std::string type : {"smallint", "integer", "bigint"}) {
        expect_refused(type, 2.5);
        expect_refused(type, 0.5F);
        expect_refused(type, 1e300);
        expect_refused(type, std::nan(""));
        expect_refused(type, -std::numeric_limits<double>::infinity());
        expect_refused(type + "[]", std::vector<double>{1, 2.5});
    }
    expect_refused("smallint", 32'768.0);
    expect_refused("integer", 2'147'483'648.0);
    expect_refused("bigint", 9'223'372'036'854'775'808.0);
}

TEST_F(ValuesInColumns, FloatingPointNumbersInEachOther) {
    expect_stored("real", 0.1, "0.1");
    expect_stored("real", 1.0 / 3, "0.33333334");
    expect_stored("double precision", 0.1F, "0.10000000149011612");
    expect_stored("real[]", std::vector<double>{0.1}, "{0.1}");
    expect_refused_where_known("real", 1e300);
}

TEST_F(ValuesInColumns, OtherNumbers) {
    expect_stored("numeric", std::numeric_limits<std::int64_t>::max(), "9223372036854775807");
    expect_stored("numeric", 7, "7");
    expect_stored("bigint", 7, "7");
    expect_stored("integer", std::int64_t{7}, "7");
    expect_stored("double precision", std::int64_t{9'007'199'254'740'992}, "9.007199254740992e+15");
    expect_stored("integer", decimal::parse("7.00"), "7");
    expect_stored("double precision", decimal::parse("0.1"), "0.1");
    expect_stored("double precision", std::int64_t{9'007'199'254'740'993}, "9.007199254740992e+15");
    expect_stored("real", 16'777'217, "1.6777216e+07");
    expect_refused("integer", decimal::parse("7.50"));
    expect_refused_where_known("smallint", 70'000);
    for (const std::string type : {"interval", "date", "time", "boolean", "timestamp", "bytea"}) {
        expect_refused_where_known(type, 20'240'101);
        expect_refused_where_known(type, 20'240'101.0);
    }
}

TEST_F(ValuesInColumns, TimesUnderATimeZone) {
    const auto day = std::chrono::sys_days(2024y / 2 / 29);
    const auto moment = day + 3h;
    const auto wall = std::chrono::local_days(2024y / 2 / 29) + 3h;
    const std::chrono::hh_mm_ss clock(3h + 30min);
    const dsql::time_with_time_zone zoned{.time = 3h, .utc_offset = 2h};

    expect_stored("timestamptz", moment, "2024-02-28 22:00:00-05");
    for (const std::string type : {"timestamp", "date", "time", "timetz"}) {
        expect_refused(type, moment);
        expect_refused(type + "[]", std::vector{moment});
    }
    expect_stored("timestamp", wall, "2024-02-29 03:00:00");
    for (const std::string type : {"timestamptz", "date", "time"}) {
        expect_refused(type, wall);
        expect_refused(type + "[]", std::vector{wall});
    }
    expect_stored("date", day, "2024-02-29");
    expect_stored("timestamp", day, "2024-02-29 00:00:00");
    expect_stored("timestamp", std::chrono::sys_days::max(), "infinity");
    expect_stored("timestamp[]", std::vector{day}, "{\"2024-02-29 00:00:00\"}");
    expect_refused("timestamptz", day);
    expect_refused("timestamptz", 2024y / 2 / 29);
    expect_stored("time", clock, "03:30:00");
    expect_stored("interval", clock, "03:30:00");
    expect_refused("timetz", clock);
    expect_stored("timetz", zoned, "03:00:00+02");
    expect_refused("time", zoned);
    expect_stored("time", 90min, "01:30:00");
    for (const auto none : {24h, 25h, -1h}) {
        expect_refused("time", none);
        expect_refused("time[]", std::vector{none});
    }
    expect_refused("time", dsql::interval{.months = 0, .days = 1, .time = 1h});
}

TEST_F(ValuesInColumns, TextIsNotConvertedToBytea) {
    const std::string text = "a\\001b";
    expect_refused_where_known("bytea", text);
    expect_refused_where_known("bytea", std::string_view(text));
    expect_refused_where_known("bytea", "a");
    expect_refused_where_known("bytea", std::optional<std::string>(text));
    expect_refused_where_known("bytea[]", std::vector<std::string>{text});
    expect_refused("text", std::vector<std::byte>{std::byte{'a'}});
    expect_stored("bytea", std::vector<std::byte>{std::byte{'a'}, std::byte{0}}, "\\x6100");
    expect_stored("bytea[]", std::vector<std::vector<std::byte>>{{std::byte{'\\'}}},
                  "{\"\\\\x5c\"}");
    expect_stored("text", text, text);
    expect_stored("text[]", std::vector<std::string>{text}, "{\"a\\\\001b\"}");
}

std::string shortest(double value) {
    const bool whole = std::trunc(value) == value && std::abs(value) < 1e22;
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value,
                                   whole ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    return {text, end};
}

TEST_F(ValuesInColumns, AnyDoubleInNumericAndBigint) {
    const std::uint64_t seed = std::random_device()();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    for (const path way : paths) {
        const std::string table =
            new_table("numbers numeric, expected text, whole bigint, expected_whole text");
        for (int i = 0; i < 60; ++i) {
            const auto any = std::bit_cast<double>(random());
            const double number = std::isfinite(any) && i % 2 == 0
                                      ? any
                                      : static_cast<double>(random()) / std::pow(10.0, i % 30);
            const double whole =
                std::trunc(static_cast<double>(static_cast<std::int64_t>(random()) >> (1 + i)));
            store(way, table, number, shortest(number), whole,
                  std::to_string(static_cast<std::int64_t>(whole)));
        }
        EXPECT_EQ(session_.query_value<int>("SELECT count(*)::int FROM " + table), 60);
        EXPECT_EQ(session_.query_all<std::string>(
                      "SELECT numbers || ' is not ' || expected || ' or ' || whole || ' is not ' "
                      "|| expected_whole FROM " +
                      table +
                      " WHERE numbers::text <> expected::numeric::text OR whole::text <> "
                      "expected_whole"),
                  std::vector<std::string>())
            << name_of(way);
    }
}

TEST_F(ValuesInColumns, ADomainBehavesAsItsBaseTypeInACopy) {
    session_.execute("CREATE DOMAIN pg_temp.raw AS bytea");
    for (const path way : {path::copy_text, path::copy_binary}) {
        EXPECT_EQ(stored(way, "pg_temp.raw", std::string("a")), "conversion_error");
        EXPECT_EQ(stored(way, "pg_temp.raw", std::vector<std::byte>{std::byte{'a'}}), "\\x61");
    }
}

TEST_F(ValuesInColumns, ACopyLeavesOutGeneratedColumns) {
    for (const dsql::copy_format format : {dsql::copy_format::text, dsql::copy_format::binary}) {
        const std::string table =
            new_table("a int, doubled int GENERATED ALWAYS AS (a * 2) STORED, b bytea");
        dsql::copy_writer copy = session_.copy_in({.table = table, .format = format});
        EXPECT_THROW(copy.row(1, "x"), dsql::conversion_error);
        copy.row(1, std::vector<std::byte>{std::byte{'x'}});
        EXPECT_EQ(copy.finish(), 1);
        EXPECT_EQ(session_.query_value<std::string>("SELECT t::text FROM " + table + " AS t"),
                  "(1,2,\"\\\\x78\")");
    }
}

TEST_F(ValuesInColumns, ACopyNeedsOnlyTheInsertPrivilege) {
    const std::string table = new_table("a numeric");
    session_.execute("DROP ROLE IF EXISTS inserts_only");
    session_.execute("CREATE ROLE inserts_only");
    session_.execute("GRANT inserts_only TO admin");  // who is no superuser
    session_.execute("GRANT INSERT ON " + table + " TO inserts_only");
    session_.execute("SET ROLE inserts_only");
    for (const dsql::copy_format format : {dsql::copy_format::text, dsql::copy_format::binary}) {
        dsql::copy_writer copy = session_.copy_in({.table = table, .format = format});
        copy.row(0.5);
        EXPECT_EQ(copy.finish(), 1);
    }
    session_.execute("RESET ROLE");
    session_.execute("DROP TABLE " + table);
    session_.execute("DROP ROLE inserts_only");
}

TEST_F(ValuesInColumns, TheMessageNamesTheRightType) {
    const std::string table = new_table("at timestamp, price integer, raw bytea");
    const auto message = [&](const auto& action) {
        try {
            action();
        } catch (const dsql::conversion_error& failure) {
            return std::string(failure.dsql::error::what());  // the text without the statement
        }
        return std::string();
    };
    const auto now =
        std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
    EXPECT_EQ(
        message([&] {
            session_.execute(session_.prepare("INSERT INTO " + table + " VALUES ($1)"), now);
        }),
        "parameter $1 (std::chrono::sys_time<std::chrono::seconds>): PostgreSQL would convert "
        "timestamp with time zone to timestamp by the session's time zone; use "
        "std::chrono::local_time; or write $1::timestamp with time zone, and PostgreSQL "
        "converts it");
    dsql::copy_writer copy = session_.copy_in({.table = table});
    EXPECT_EQ(message([&] { copy.row(nullptr, 2.5, nullptr); }),
              "column \"price\" (integer) from double: the value 2.5 is no whole number; round it");
    EXPECT_EQ(message([&] { copy.row(nullptr, nullptr, "x"); }),
              "column \"raw\" (bytea) from std::string_view: bytes have a type of their own: "
              "std::span<const std::byte>, std::vector<std::byte>");
    EXPECT_EQ(copy.finish(), 0);
}

}  // namespace value_fitting_test
