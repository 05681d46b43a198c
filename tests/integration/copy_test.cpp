// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace {

using dsql::copy_format;
using dsql::copy_target;
using namespace std::chrono_literals;

struct event {
    std::int64_t id;
    std::string what;
    std::optional<double> weight;
};

class Copy : public testing::Test {
protected:
    Copy() {
        session_.execute(
            "CREATE TEMP TABLE events (id bigint PRIMARY KEY, what text, weight float8)");
    }
    static copy_target events(copy_format format = copy_format::text) {
        return {.table = "events", .columns = {"id", "what", "weight"}, .format = format};
    }
    long count() { return session_.query_value<long>("SELECT count(*) FROM events"); }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

const copy_format formats[] = {copy_format::text, copy_format::binary};

TEST_F(Copy, RowsGoInAndComeOut) {
    const std::vector<std::string> texts = {
        "",    "plain", "tab\there", "line\nbreak",      "\\",
        "\\N", "\\.",   "\r",        "\xf0\x9f\x90\x98", "a,b;\"c\""};
    for (const copy_format format : formats) {
        session_.execute("DELETE FROM events");
        dsql::copy_writer copy = session_.copy_in(events(format));
        long id = 0;
        for (const std::string& text : texts) {
            ++id;
            copy.row(id, text, id % 2 == 0 ? std::optional(0.1) : std::nullopt);
        }
        copy.row(event{100, "an aggregate", -0.0});
        copy.row(short(101), nullptr, std::nullopt);
        EXPECT_EQ(copy.finish(), static_cast<long>(texts.size()) + 2);
        id = 0;
        for (const std::string& text : texts) {
            ++id;
            const auto [what, weight] = session_.query_one<std::string, std::optional<double>>(
                "SELECT what, weight FROM events WHERE id = $1", id);
            EXPECT_EQ(what, text);
            EXPECT_EQ(weight, id % 2 == 0 ? std::optional(0.1) : std::nullopt);
        }
        long rows = 0;
        for (const auto& [number, what, weight] :
             session_.copy_out<long, std::optional<std::string_view>, std::optional<double>>(
                 events())) {
            ++rows;
            if (number <= static_cast<long>(texts.size())) {
                EXPECT_EQ(what, texts[static_cast<std::size_t>(number) - 1]);
            }
        }
        EXPECT_EQ(rows, static_cast<long>(texts.size()) + 2);
    }
}

TEST_F(Copy, EveryTypeInBothFormats) {
    session_.execute(
        "CREATE TEMP TABLE kinds (a bool, b smallint, c int, d real, e bytea, f uuid, g numeric, "
        "h date, i time, j timetz, k timestamp, l timestamptz, m interval, n json, o jsonb, "
        "p int[], q text[], r varchar)");
    const auto row = std::tuple(
        true, short(-7), 8, 1.5F, std::vector<std::byte>{std::byte{0}, std::byte{92}},
        dsql::uuid::random(), dsql::decimal::parse("-12.50"),
        std::chrono::sys_days(std::chrono::year(-43) / 3 / 15),
        std::chrono::hh_mm_ss<std::chrono::microseconds>(1h + 1us),
        dsql::time_with_time_zone{.time = 2h, .utc_offset = -1h},
        std::chrono::local_time<std::chrono::microseconds>(3us),
        std::chrono::sys_time<std::chrono::microseconds>::max(),
        dsql::interval{.months = 1, .days = -2, .time = 3us}, dsql::json{"{\"a\":\"\\n\"}"},
        dsql::jsonb{"[1, \"\\t\"]"}, std::vector<int>{1, 2},
        std::vector<std::optional<std::string>>{"a\tb", std::nullopt, "\\"}, "text");
    for (const copy_format format : formats) {
        dsql::copy_writer copy = session_.copy_in({.table = "kinds", .format = format});
        std::apply([&](const auto&... values) { copy.row(values...); }, row);
        EXPECT_EQ(copy.finish(), 1);
    }
    const dsql::result same = session_.query("SELECT kinds::text AS t FROM kinds");
    ASSERT_EQ(same.size(), 2);
    EXPECT_EQ(same[0]["t"].as<std::string>(), same[1]["t"].as<std::string>());
    EXPECT_EQ(session_.query_value<dsql::uuid>("SELECT f FROM kinds"), std::get<5>(row));
    EXPECT_EQ(session_.query_value<std::vector<std::optional<std::string>>>("SELECT q FROM kinds"),
              std::get<16>(row));
}

TEST_F(Copy, ARowThatCannotBeWrittenIsTakenBack) {
    dsql::copy_writer copy = session_.copy_in(events(copy_format::binary));
    copy.row(1, "one", 1.0);
    EXPECT_EQ(
        thrown_message<dsql::conversion_error>([&] { return copy.row(2, 7, 1.0), 0; }),
        "column \"what\" (text) from int: binary COPY takes values of just the column's type");
    EXPECT_EQ(thrown_message<dsql::conversion_error>([&] { return copy.row(2, "two"), 0; }),
              "a row of 2 values for a COPY of 3 columns");
    copy.row(2, "two", 2.0);
    EXPECT_EQ(copy.finish(), 2);
    dsql::copy_writer text = session_.copy_in(events());
    EXPECT_THROW(text.row(3, std::string_view("a\0b", 3), 1.0), dsql::conversion_error);
    text.row(3, "three", 1.0);
    EXPECT_EQ(text.finish(), 1);
    EXPECT_EQ(count(), 3);
}

TEST_F(Copy, AnExceptionGivesItUp) {
    for (const copy_format format : formats) {
        EXPECT_THROW(
            {
                dsql::copy_writer copy = session_.copy_in(events(format));
                for (int i = 0; i < 10'000; ++i) {
                    copy.row(i, "what", 1.0);
                }
                throw std::runtime_error("the caller's");
            },
            std::runtime_error);
        EXPECT_EQ(count(), 0);
    }
}

TEST_F(Copy, ManyRows) {
    for (const copy_format format : formats) {
        session_.execute("DELETE FROM events");
        dsql::copy_writer copy = session_.copy_in(events(format));
        for (long i = 0; i < 100'000; ++i) {
            copy.row(i, "some text of some length", 0.5);
        }
        EXPECT_EQ(copy.finish(), 100'000);
        EXPECT_THROW(static_cast<void>(copy.finish()), dsql::error);
        EXPECT_THROW(copy.row(1, "x", 0.0), dsql::error);
        long sum = 0;
        for (const event& one : session_.copy_out<event>(events())) {
            sum += one.id;
        }
        EXPECT_EQ(sum, 4'999'950'000);
    }
}

TEST_F(Copy, WithoutRows) {
    for (const copy_format format : formats) {
        EXPECT_EQ(session_.copy_in(events(format)).finish(), 0);
    }
    for (const event& one : session_.copy_out<event>(events())) {
        ADD_FAILURE() << one.id;
    }
}

TEST_F(Copy, WhatTheServerRefusesComesAtTheEnd) {
    dsql::copy_writer copy = session_.copy_in(events());
    copy.row(1, "one", 1.0);
    copy.row(1, "again", 1.0);
    try {
        static_cast<void>(copy.finish());
        FAIL() << "it was copied";
    } catch (const dsql::server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "23505");
        EXPECT_STREQ(failure.where().file_name(), __FILE__);
    }
    EXPECT_EQ(count(), 0);
}

TEST_F(Copy, DataOfTheCallersOwn) {
    std::string csv = "id,what,weight\n1,\"a,b\",0.5\n2,,\n";
    std::string_view left = csv;
    const auto byte_by_byte = [&](std::span<char> piece) -> std::size_t {
        const std::size_t size = std::min<std::size_t>({left.size(), piece.size(), 1});
        std::copy_n(left.begin(), size, piece.begin());
        left.remove_prefix(size);
        return size;
    };
    EXPECT_EQ(session_.copy_in_from("COPY events FROM STDIN (FORMAT csv, HEADER)", byte_by_byte),
              2);
    EXPECT_EQ(session_.query_value<std::string>("SELECT what FROM events WHERE id = 1"), "a,b");
    std::string binary;
    EXPECT_EQ(session_.copy_out_to(events(copy_format::binary),
                                   [&](std::string_view data) { binary += data; }),
              2);
    session_.execute("DELETE FROM events");
    left = binary;
    EXPECT_EQ(session_.copy_in_from(events(copy_format::binary), byte_by_byte), 2)
        << "what came out goes in";
    EXPECT_THROW(session_.copy_in_from(events(),
                                       [](std::span<char>) -> std::size_t {
                                           throw std::runtime_error("the reader's");
                                       }),
                 std::runtime_error);
    EXPECT_EQ(count(), 2);
}

TEST_F(Copy, ASinkThatThrowsIsPassedOn) {
    session_.execute("INSERT INTO events SELECT n, 'x', 1 FROM generate_series(1, 100) n");
    EXPECT_THROW(session_.copy_out_to(
                     events(), [](std::string_view) { throw std::runtime_error("the sink's"); }),
                 std::runtime_error);
    EXPECT_EQ(count(), 100) << "little was left: the connection goes on";
}

TEST_F(Copy, LeftEarlyWithMuchLeftTheConnectionIsClosed) {
    for (const auto& [text] :
         session_.copy_out<std::string_view>({.table = "events", .columns = {"what"}})) {
        ADD_FAILURE() << text;
    }
    EXPECT_THROW(session_.copy_out_to(
                     "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 100000)) TO STDOUT",
                     [](std::string_view) { throw std::runtime_error("the sink's"); }),
                 std::runtime_error);
    EXPECT_FALSE(session_.is_open());
}

TEST_F(Copy, NamesAreQuoted) {
    session_.execute("CREATE SCHEMA IF NOT EXISTS \"Odd \"\" schema\"");
    session_.execute("CREATE TABLE IF NOT EXISTS \"Odd \"\" schema\".\"T;--\" (\"A b\" int)");
    const copy_target odd = {.schema = "Odd \" schema", .table = "T;--", .columns = {"A b"}};
    dsql::copy_writer copy = session_.copy_in(odd);
    copy.row(1);
    EXPECT_EQ(copy.finish(), 1);
    session_.execute("DROP SCHEMA \"Odd \"\" schema\" CASCADE");
    EXPECT_THROW(static_cast<void>(session_.copy_in(copy_target{})), dsql::config_error);
    EXPECT_THROW(static_cast<void>(session_.copy_in({.table = "nosuchtable"})), dsql::server_error);
    EXPECT_TRUE(session_.is_idle());
}

TEST_F(Copy, OtherStatementsAreRefused) {
    EXPECT_THROW(static_cast<void>(session_.copy_in("SELECT 1")), dsql::error);
    EXPECT_FALSE(session_.is_open());
}

TEST_F(Copy, InATransaction) {
    {
        dsql::transaction transaction = session_.begin();
        dsql::copy_writer copy = transaction.copy_in(events());
        copy.row(1, "one", 1.0);
        EXPECT_THROW(transaction.execute("SELECT 1"), dsql::error) << "occupied";
        EXPECT_EQ(copy.finish(), 1);
        EXPECT_EQ(transaction.query_value<long>("SELECT count(*) FROM events"), 1);
    }
    EXPECT_EQ(count(), 0);
}

}  // namespace
