// SPDX-License-Identifier: Apache-2.0
// Dates, times and intervals through PostgreSQL, at their edges.
#include "integration/round_trip.hpp"
#include "support/thrown_message.hpp"

#include <chrono>
#include <limits>
#include <string>

namespace {

using namespace std::chrono;
using namespace std::chrono_literals;
using dsql::conversion_error;
using dsql::interval;
using dsql::time_with_time_zone;

// Days from 1970-01-01, for years that std::chrono::year does not have.
sys_days day(int from_1970) {
    return sys_days(days(from_1970));
}

TEST_F(RoundTrip, Dates) {
    expect_same("date", sys_days(1970y / January / 1), "1970-01-01");
    expect_same("date", sys_days(2000y / January / 1), "2000-01-01");
    expect_same("date", sys_days(1969y / December / 31), "1969-12-31");
    expect_same("date", sys_days(9999y / December / 31), "9999-12-31");
    expect_same("date", sys_days(10000y / January / 1), "10000-01-01");
    expect_same("date", sys_days(0y / March / 15), "0001-03-15 BC");
    expect_same("date", sys_days(-43y / March / 15), "0044-03-15 BC");
    expect_same("date", day(-2'440'588), "4714-11-24 BC");
    expect_same("date", day(2'145'042'905), "5874897-12-31");
    expect_same("date", sys_days::max(), "infinity");
    expect_same("date", sys_days::min(), "-infinity");
    expect_same("date", local_days(2024y / February / 29), "2024-02-29");
    expect_same("date", 2024y / February / 29, "2024-02-29");
    expect_same("date", 32767y / December / 31, "32767-12-31");
    expect_same("date", -43y / March / 15, "0044-03-15 BC");
    EXPECT_THROW(static_cast<void>(session_.query_value<year_month_day>("SELECT 'infinity'::date")),
                 conversion_error);
    EXPECT_THROW(
        static_cast<void>(session_.query_value<year_month_day>("SELECT '40000-01-01'::date")),
        conversion_error);
    EXPECT_THROW(session_.execute("SELECT $1", 2023y / February / 29), conversion_error);
    expect_null<sys_days>("date", "date");
}

TEST_F(RoundTrip, TimestampsWithTimeZone) {
    using micros = sys_time<microseconds>;
    const std::string type = "timestamptz";
    expect_same(type, micros(0us), "1970-01-01 00:00:00+00");
    expect_same(type, micros(-1us), "1969-12-31 23:59:59.999999+00");
    expect_same(type, micros(sys_days(2000y / January / 1)), "2000-01-01 00:00:00+00");
    expect_same(type, micros(sys_days(2026y / November / 24)) + 12h + 34min + 56s + 789'012us,
                "2026-11-24 12:34:56.789012+00");
    expect_same(type, micros(sys_days(12345y / June / 7)) + 1us, "12345-06-07 00:00:00.000001+00");
    expect_same(type, micros(sys_days(-43y / March / 15)), "0044-03-15 00:00:00+00 BC");
    expect_same(type, micros(day(-2'440'588)), "4714-11-24 00:00:00+00 BC");
    expect_same(type, micros(microseconds(std::numeric_limits<std::int64_t>::max() - 1)),
                "294247-01-10 04:00:54.775806+00");
    expect_same(type, micros::max(), "infinity");
    expect_same(type, micros::min(), "-infinity");
    EXPECT_THROW(
        static_cast<void>(session_.query_value<micros>("SELECT '294276-12-31 UTC'::timestamptz")),
        conversion_error);
    expect_same(type, sys_seconds(1s), "1970-01-01 00:00:01+00");
    expect_same(type, sys_time<milliseconds>(1ms), "1970-01-01 00:00:00.001+00");
    expect_same(type, sys_time<nanoseconds>(1'000ns), "1970-01-01 00:00:00.000001+00");
    EXPECT_EQ(session_.query_value<micros>("SELECT $1", sys_time<nanoseconds>(-1ns)), micros(-1us))
        << "rounded down";
    EXPECT_THROW(static_cast<void>(session_.query_value<sys_seconds>(
                     "SELECT '2026-01-01 00:00:00.5 UTC'::timestamptz")),
                 conversion_error);
    EXPECT_THROW(static_cast<void>(session_.query_value<sys_time<nanoseconds>>(
                     "SELECT '2300-01-01 UTC'::timestamptz")),
                 conversion_error);
    expect_null<micros>(type, "timestamp with time zone");
}

TEST_F(RoundTrip, TimestampsWithoutTimeZone) {
    using micros = local_time<microseconds>;
    expect_same("timestamp", micros(0us), "1970-01-01 00:00:00");
    expect_same("timestamp", micros(local_days(0y / January / 1)), "0001-01-01 00:00:00 BC");
    expect_same("timestamp", micros::max(), "infinity");
    expect_same("timestamp", micros::min(), "-infinity");
    expect_null<micros>("timestamp", "timestamp");
    EXPECT_THROW(static_cast<void>(session_.query_value<sys_seconds>("SELECT now()::timestamp(0)")),
                 conversion_error);
}

TEST_F(RoundTrip, TimesOfDay) {
    using time_of_day = hh_mm_ss<microseconds>;
    expect_same("time", time_of_day(0us), "00:00:00");
    expect_same("time", time_of_day(24h - 1us), "23:59:59.999999");
    expect_same("time", time_of_day(24h), "24:00:00");
    expect_same("time", hh_mm_ss<seconds>(12h + 34min + 56s), "12:34:56");
    EXPECT_EQ(session_.query_value<microseconds>("SELECT '01:00:00.5'::time"), 1h + 500ms);
    EXPECT_THROW(session_.execute("SELECT $1", time_of_day(24h + 1us)), conversion_error);
    EXPECT_THROW(session_.execute("SELECT $1", time_of_day(-1us)), conversion_error);
    expect_null<time_of_day>("time", "time");
}

TEST_F(RoundTrip, TimesWithTimeZone) {
    expect_same("timetz", time_with_time_zone{.time = 0us, .utc_offset = 0s}, "00:00:00+00");
    expect_same("timetz", time_with_time_zone{.time = 24h - 1us, .utc_offset = 5h + 30min},
                "23:59:59.999999+05:30");
    expect_same("timetz", time_with_time_zone{.time = 1h, .utc_offset = 15h + 59min + 59s},
                "01:00:00+15:59:59");
    expect_same("timetz", time_with_time_zone{.time = 1h, .utc_offset = -(15h + 59min + 59s)},
                "01:00:00-15:59:59");
    expect_null<time_with_time_zone>("timetz", "time with time zone");
}

TEST_F(RoundTrip, Intervals) {
    constexpr int most = std::numeric_limits<std::int32_t>::max();
    expect_same("interval", interval{}, "00:00:00");
    expect_same("interval", interval{.months = 14, .days = 3, .time = 4h + 5min + 6'000'007us},
                "1 year 2 mons 3 days 04:05:06.000007");
    expect_same("interval", interval{.months = -1, .days = 2, .time = -3h},
                "-1 mons +2 days -03:00:00");
    expect_same("interval", interval{.months = most, .days = most - 1, .time = 0us},
                "178956970 years 7 mons 2147483646 days");
    expect_same("interval", interval{.days = -most - 1}, "-2147483648 days");
    expect_same("interval",
                interval{.time = microseconds(std::numeric_limits<std::int64_t>::max())},
                "2562047788:00:54.775807");
    if (session_.query_value<int>("SELECT current_setting('server_version_num')::int") >= 170'000) {
        expect_same("interval", interval::infinite(), "infinity");
        expect_same("interval", interval::negative_infinite(), "-infinity");
    }
    expect_same("interval", microseconds(-1us), "-00:00:00.000001");
    expect_same("interval", hours(49), "49:00:00");
    const std::string message = thrown_message<conversion_error>(
        [&] { return session_.query_value<hours>("SELECT '1 day'::interval AS i"); });
    EXPECT_NE(message.find("dsql::interval"), std::string::npos) << message;
    expect_null<interval>("interval", "interval");
}

}  // namespace
