// SPDX-License-Identifier: Apache-2.0
// One-dimensional arrays through PostgreSQL.
#include "integration/round_trip.hpp"

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

TEST_F(RoundTrip, ArraysOfEachType) {
    expect_same("boolean[]", std::vector<bool>{true, false}, "{t,f}");
    expect_same("smallint[]", std::vector<short>{-32768, 32767}, "{-32768,32767}");
    expect_same("integer[]", std::vector<int>{1, -2, 3}, "{1,-2,3}");
    expect_same("bigint[]", std::vector<long>{1, -2}, "{1,-2}");
    expect_same("real[]", std::vector<float>{0.5F}, "{0.5}");
    expect_same("double precision[]", std::vector<double>{0.1, -0.0}, "{0.1,-0}");
    expect_same("bytea[]", std::vector<std::vector<std::byte>>{{std::byte{1}}, {}},
                R"({"\\x01","\\x"})");
    expect_same("uuid[]", std::vector<dsql::uuid>{dsql::uuid()},
                "{00000000-0000-0000-0000-000000000000}");
    expect_same("numeric[]",
                std::vector<dsql::decimal>{dsql::decimal::parse("1.50"), dsql::decimal(-7)},
                "{1.50,-7}");
    expect_same("date[]", std::vector<sys_days>{2026y / November / 24, sys_days::max()},
                "{2026-11-24,infinity}");
    expect_same("time[]", std::vector<microseconds>{}, "{}");
    expect_same("timestamp[]", std::vector<local_time<microseconds>>{local_time<microseconds>(0us)},
                R"({"1970-01-01 00:00:00"})");
    expect_same("timestamptz[]", std::vector<sys_time<microseconds>>{sys_time<microseconds>(0us)},
                R"({"1970-01-01 00:00:00+00"})");
    expect_same("interval[]", std::vector<dsql::interval>{{.months = 1}}, R"({"1 mon"})");
    expect_same("timetz[]", std::vector<dsql::time_with_time_zone>{{.time = 1h}}, "{01:00:00+00}");
    expect_same("jsonb[]", std::vector<dsql::jsonb>{{R"({"a": 1})"}}, R"({"{\"a\": 1}"})");
}

TEST_F(RoundTrip, ArraysOfText) {
    const std::vector<std::string> texts = {"",   "plain", "a b", "NULL",
                                            "\"", "\\",    "{,}", "\xf0\x9f\x90\x98"};
    const std::string shown = R"({"",plain,"a b","NULL","\"","\\","{,}",)"
                              "\xf0\x9f\x90\x98}";
    expect_same("text[]", texts, shown);
    expect_same("varchar[]", texts, shown);
}

TEST_F(RoundTrip, ArraysWithNulls) {
    using maybe = std::optional<int>;
    expect_same("integer[]", std::vector<maybe>{1, std::nullopt, 3}, "{1,NULL,3}");
    expect_same("text[]", std::vector<std::optional<std::string>>{std::nullopt, "NULL"},
                R"({NULL,"NULL"})");
    EXPECT_THROW(
        static_cast<void>(session_.query_value<std::vector<int>>("SELECT '{1,NULL}'::int[]")),
        dsql::conversion_error);
    expect_null<std::vector<int>>("integer[]", "integer[]");
}

TEST_F(RoundTrip, ArraysOfOtherShapes) {
    EXPECT_EQ(session_.query_value<std::vector<int>>("SELECT '[5:6]={1,2}'::int[]"),
              (std::vector<int>{1, 2}));
    EXPECT_THROW(
        static_cast<void>(session_.query_value<std::vector<int>>("SELECT '{{1},{2}}'::int[]")),
        dsql::conversion_error);
    EXPECT_THROW(static_cast<void>(session_.query_value<std::vector<int>>("SELECT '{a}'::text[]")),
                 dsql::conversion_error);
    std::vector<int> many(10'000);
    for (std::size_t i = 0; i < many.size(); ++i) {
        many[i] = static_cast<int>(i);
    }
    EXPECT_EQ(session_.query_value<std::vector<int>>("SELECT $1::int[]", many), many);
    EXPECT_EQ(session_.query_value<long>("SELECT sum(n) FROM unnest($1::int[]) n", many),
              49'995'000);
    EXPECT_EQ(session_.query_value<int>("SELECT count(*)::int FROM generate_series(1, 3) n "
                                        "WHERE n = ANY($1)",
                                        std::span<const int>(many)),
              3);
}

}  // namespace
