// SPDX-License-Identifier: Apache-2.0
// Round trips of dates, times and intervals through PostgreSQL, with their limits.
#include "integration/round_trip.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace round_trip_time_test {

using namespace std::chrono;
using namespace std::chrono_literals;
using dsql::interval;
using dsql::time_with_time_zone;

constexpr std::int32_t most_32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t least_32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t most_64 = std::numeric_limits<std::int64_t>::max();

class Dates : public RoundTrip {
protected:
    // Uses the C++ types that count days, because their range exceeds that of std::chrono::year.
    void expect_day(days since_1970, const std::string& text) {
        expect_same("date", sys_days(since_1970), text);
        expect_same("date", local_days(since_1970), text);
    }
    void expect_date(year_month_day date, const std::string& text) {
        expect_day(sys_days(date).time_since_epoch(), text);
        expect_same("date", date, text);
    }
};

TEST_F(Dates, OfAllEras) {
    expect_date(year(-4713) / November / 24, "4714-11-24 BC");
    expect_date(year(-43) / March / 15, "0044-03-15 BC");
    expect_date(0y / January / 1, "0001-01-01 BC");
    expect_date(0y / December / 31, "0001-12-31 BC");
    expect_date(1y / January / 1, "0001-01-01");
    expect_date(1582y / October / 14, "1582-10-14");
    expect_date(1900y / February / 28, "1900-02-28");
    expect_date(1969y / December / 31, "1969-12-31");
    expect_date(1970y / January / 1, "1970-01-01");
    expect_date(1999y / December / 31, "1999-12-31");
    expect_date(2000y / January / 1, "2000-01-01");
    expect_date(2024y / February / 29, "2024-02-29");
    expect_date(9999y / December / 31, "9999-12-31");
    expect_date(10000y / January / 1, "10000-01-01");
    expect_date(32767y / December / 31, "32767-12-31");
    expect_day(days(2'145'042'905), "5874897-12-31");
    expect_day(days::max(), "infinity");
    expect_day(days::min(), "-infinity");
    expect_null<sys_days>("date", "date");
    expect_null<local_days>("date", "date");
    expect_null<year_month_day>("date", "date");
}

TEST_F(Dates, OutOfRange) {
    for (const days outside : {days(-2'440'589), days(2'145'042'906), days::max() - days(1)}) {
        expect_not_sent("date", sys_days(outside));
        expect_not_sent("date", local_days(outside));
    }
    for (const year_month_day no_date :
         {year(-4713) / November / 23, 2023y / February / 29, 2024y / month(13) / 1}) {
        expect_not_sent("date", no_date);
    }
    for (const char* const text : {"infinity", "-infinity", "32768-01-01", "5874897-12-31"}) {
        expect_not_read<year_month_day>("date", text);
    }
}

class Timestamps : public RoundTrip {
protected:
    // Checks one number of ticks as a timestamp without a time zone, and as one with the time zone
    // UTC.
    template <class Duration>
    void expect_moment(Duration since_1970, const std::string& text, const std::string& era = {}) {
        expect_same("timestamptz", sys_time<Duration>(since_1970), text + "+00" + era);
        expect_same("timestamp", local_time<Duration>(since_1970), text + era);
    }
    template <class Duration>
    void expect_infinities() {
        expect_same("timestamptz", sys_time<Duration>::max(), "infinity");
        expect_same("timestamptz", sys_time<Duration>::min(), "-infinity");
        expect_same("timestamp", local_time<Duration>::max(), "infinity");
        expect_same("timestamp", local_time<Duration>::min(), "-infinity");
    }
    template <class Duration>
    void expect_moment_not_read(const std::string& text) {
        expect_not_read<sys_time<Duration>>("timestamptz", text);
        expect_not_read<local_time<Duration>>("timestamp", text);
    }
    template <class Duration>
    void expect_moment_not_sent(Duration since_1970) {
        expect_not_sent("timestamptz", sys_time<Duration>(since_1970));
        expect_not_sent("timestamp", local_time<Duration>(since_1970));
    }
};

TEST_F(Timestamps, InMicroseconds) {
    expect_moment(-210'866'803'200'000'000us, "4714-11-24 00:00:00", " BC");
    expect_moment(-62'135'596'800'000'001us, "0001-12-31 23:59:59.999999", " BC");
    expect_moment(-62'135'596'800'000'000us, "0001-01-01 00:00:00");
    expect_moment(-1us, "1969-12-31 23:59:59.999999");
    expect_moment(0us, "1970-01-01 00:00:00");
    expect_moment(100'000us, "1970-01-01 00:00:00.1");
    expect_moment(946'684'799'999'999us, "1999-12-31 23:59:59.999999");
    expect_moment(946'684'800'000'000us, "2000-01-01 00:00:00");
    expect_moment(946'684'800'000'001us, "2000-01-01 00:00:00.000001");
    expect_moment(253'402'300'799'999'999us, "9999-12-31 23:59:59.999999");
    expect_moment(253'402'300'800'000'000us, "10000-01-01 00:00:00");
    expect_moment(microseconds(most_64 - 1), "294247-01-10 04:00:54.775806");
    expect_infinities<microseconds>();
    expect_moment_not_sent(-210'866'803'200'000'001us);
    expect_moment_not_sent(microseconds(-most_64));
    // The greatest value of the C++ type means infinity, so this timestamp and later ones cannot be
    // read.
    expect_moment_not_read<microseconds>("294247-01-10 04:00:54.775807");
    expect_moment_not_read<microseconds>("294276-12-31 23:59:59.999999");
    expect_null<sys_time<microseconds>>("timestamptz", "timestamp with time zone");
    expect_null<local_time<microseconds>>("timestamp", "timestamp");
}

TEST_F(Timestamps, InLongerTicks) {
    expect_moment(-210'866'803'200s, "4714-11-24 00:00:00", " BC");
    expect_moment(9'224'318'015'999s, "294276-12-31 23:59:59");
    expect_moment(9'224'318'015'999'999ms, "294276-12-31 23:59:59.999");
    expect_moment(-1ms, "1969-12-31 23:59:59.999");
    expect_moment(minutes(-1), "1969-12-31 23:59:00");
    expect_moment(hours(1), "1970-01-01 01:00:00");
    expect_infinities<milliseconds>();
    expect_infinities<seconds>();
    for (const seconds outside :
         {-210'866'803'201s, seconds(9'224'318'016'000), seconds::max() - 1s}) {
        expect_moment_not_sent(outside);
    }
    expect_moment_not_read<milliseconds>("2026-01-01 00:00:00.000001");
    expect_moment_not_read<seconds>("2026-01-01 00:00:00.5");
    expect_moment_not_read<seconds>("1960-01-01 00:00:00.5");
    expect_moment_not_read<minutes>("2026-01-01 00:00:01");
    expect_moment_not_read<hours>("2026-01-01 00:01:00");
}

TEST_F(Timestamps, InNanoseconds) {
    expect_moment(1'000ns, "1970-01-01 00:00:00.000001");
    expect_moment(9'223'372'036'854'775'000ns, "2262-04-11 23:47:16.854775");
    expect_moment(-9'223'372'036'854'775'000ns, "1677-09-21 00:12:43.145225");
    expect_infinities<nanoseconds>();
    expect_sent("timestamptz", sys_time<nanoseconds>(999ns), "1970-01-01 00:00:00+00");
    expect_sent("timestamptz", sys_time<nanoseconds>(-1ns), "1969-12-31 23:59:59.999999+00");
    expect_moment_not_read<nanoseconds>("2262-04-11 23:47:16.854776");
    expect_moment_not_read<nanoseconds>("1677-09-21 00:12:43.145224");
    const auto now = floor<microseconds>(system_clock::now());
    EXPECT_EQ(session_.query_value<system_clock::time_point>("SELECT $1", now), now);
}

TEST_F(Timestamps, In32Bits) {
    using short_seconds = duration<std::int32_t>;
    expect_moment(short_seconds(most_32 - 1), "2038-01-19 03:14:06");
    expect_moment(short_seconds(least_32 + 1), "1901-12-13 20:45:53");
    expect_infinities<short_seconds>();
    expect_moment_not_read<short_seconds>("2038-01-19 03:14:07");
    expect_moment_not_read<short_seconds>("1901-12-13 20:45:52");
    expect_moment_not_read<short_seconds>("2040-01-01 00:00:00");
}

TEST_F(Timestamps, ShownInOtherTimeZones) {
    const sys_seconds summer = sys_days(2026y / July / 1) + 12h;
    session_.execute("SET TimeZone = 'America/New_York'");
    expect_same("timestamptz", summer, "2026-07-01 08:00:00-04");
    expect_same("timestamptz", sys_seconds(sys_days(1800y / January / 1)),
                "1799-12-31 19:03:58-04:56:02");
    session_.execute("SET TimeZone = 'Asia/Kathmandu'");
    expect_same("timestamptz", summer, "2026-07-01 17:45:00+05:45");
    expect_same("timestamp", local_seconds(summer.time_since_epoch()), "2026-07-01 12:00:00");
}

TEST_F(Timestamps, AreOfOneKindEach) {
    expect_not_read<sys_seconds>("timestamp", "2026-01-01");
    expect_not_read<local_seconds>("timestamptz", "2026-01-01");
    expect_not_read<sys_seconds>("date", "2026-01-01");
    expect_not_read<sys_days>("timestamptz", "2026-01-01");
}

TEST_F(RoundTrip, TimesOfDay) {
    expect_same("time", hh_mm_ss(0us), "00:00:00");
    expect_same("time", hh_mm_ss(1us), "00:00:00.000001");
    expect_same("time", hh_mm_ss(24h - 1us), "23:59:59.999999");
    expect_same("time", hh_mm_ss<microseconds>(24h), "24:00:00");
    expect_same("time", hh_mm_ss(24h - 1ms), "23:59:59.999");
    expect_same("time", hh_mm_ss<nanoseconds>(24h), "24:00:00");
    expect_same("time", hh_mm_ss<seconds>(12h + 34min + 56s), "12:34:56");
    expect_same("time", hh_mm_ss<minutes>(12h + 34min), "12:34:00");
    expect_same("time", hh_mm_ss(24h), "24:00:00");
    expect_sent("time", hh_mm_ss(24h - 1ns), "23:59:59.999999");
    expect_read<microseconds>("time", "01:00:00.5", 1h + 500ms);
    expect_read<hours>("time", "24:00:00", 24h);
    expect_not_sent("time", hh_mm_ss(24h + 1us));
    expect_not_sent("time", hh_mm_ss(-1us));
    expect_not_sent("time", hh_mm_ss(hours(most_32)));
    expect_not_read<hh_mm_ss<seconds>>("time", "12:34:56.5");
    expect_not_read<hh_mm_ss<microseconds>>("timetz", "12:34:56+00");
    expect_null<hh_mm_ss<microseconds>>("time", "time");
}

TEST_F(RoundTrip, TimesWithTimeZone) {
    const auto at = [](microseconds time, seconds utc_offset) {
        return time_with_time_zone{.time = time, .utc_offset = utc_offset};
    };
    constexpr seconds most = 16h - 1s;
    expect_same("timetz", at(0us, 0s), "00:00:00+00");
    expect_same("timetz", at(24h - 1us, 5h + 30min), "23:59:59.999999+05:30");
    expect_same("timetz", at(1h, most), "01:00:00+15:59:59");
    expect_same("timetz", at(1h, -most), "01:00:00-15:59:59");
    expect_same("timetz", at(24h, -most), "24:00:00-15:59:59");
    expect_same("timetz", at(1h, -1s), "01:00:00-00:00:01");
    for (const seconds offset : {most + 1s, -most - 1s, seconds::max(), seconds::min() + 1s}) {
        expect_not_sent("timetz", at(0us, offset));
    }
    expect_not_sent("timetz", at(24h + 1us, 0s));
    expect_not_sent("timetz", at(-1us, 0s));
    expect_null<time_with_time_zone>("timetz", "time with time zone");
}

TEST_F(RoundTrip, Intervals) {
    expect_same("interval", interval{}, "00:00:00");
    expect_same("interval", interval{.months = 14, .days = 3, .time = 4h + 5min + 6'000'007us},
                "1 year 2 mons 3 days 04:05:06.000007");
    expect_same("interval", interval{.months = -1, .days = 2, .time = -3h},
                "-1 mons +2 days -03:00:00");
    expect_same("interval", interval{.months = 1, .days = -2, .time = 1us},
                "1 mon -2 days +00:00:00.000001");
    expect_same("interval", interval{.time = -1us}, "-00:00:00.000001");
    expect_same("interval", interval{.months = most_32}, "178956970 years 7 mons");
    expect_same("interval", interval{.months = least_32}, "-178956970 years -8 mons");
    expect_same("interval", interval{.days = most_32}, "2147483647 days");
    expect_same("interval", interval{.days = least_32}, "-2147483648 days");
    expect_same("interval", interval{.time = microseconds::max()}, "2562047788:00:54.775807");
    // PostgreSQL 15 writes this text and cannot read it.
    expect_sent("interval", interval{.time = microseconds::min()}, "-2562047788:00:54.775808");
    expect_back("interval", interval{.time = microseconds::min()});
    expect_same("interval",
                interval{.months = most_32, .days = most_32, .time = microseconds::max() - 1us},
                "178956970 years 7 mons 2147483647 days 2562047788:00:54.775806");
    expect_same("interval",
                interval{.months = least_32, .days = least_32, .time = microseconds::min() + 1us},
                "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775807");
    expect_null<interval>("interval", "interval");
}

TEST_F(RoundTrip, InfiniteIntervals) {
    if (server_version() < 170'000) {
        GTEST_SKIP() << "PostgreSQL has them from 17 on";
    }
    expect_same("interval", interval::infinite(), "infinity");
    expect_same("interval", interval::negative_infinite(), "-infinity");
}

TEST_F(RoundTrip, Durations) {
    expect_same("interval", 0us, "00:00:00");
    expect_same("interval", microseconds::max(), "2562047788:00:54.775807");
    expect_sent("interval", microseconds::min(), "-2562047788:00:54.775808");
    expect_back("interval", microseconds::min());
    expect_same("interval", 9'223'372'036'854'775'000ns, "2562047:47:16.854775");
    expect_same("interval", -9'223'372'036'854'775'000ns, "-2562047:47:16.854775");
    expect_same("interval", 9'223'372'036'854'775ms, "2562047788:00:54.775");
    expect_same("interval", 9'223'372'036'854s, "2562047788:00:54");
    expect_same("interval", minutes(-1), "-00:01:00");
    expect_same("interval", hours(2'562'047'788), "2562047788:00:00");
    expect_same("interval", days(2), "48:00:00");
    expect_same("interval", weeks(1), "168:00:00");
    expect_same("interval", duration<std::int32_t>(least_32), "-596523:14:08");
    expect_sent("interval", 1'999ns, "00:00:00.000001");
    expect_sent("interval", -1ns, "-00:00:00.000001");
    expect_null<microseconds>("interval", "interval");
    expect_null<hours>("interval", "interval");
}

TEST_F(RoundTrip, IntervalsThatAreNoDurations) {
    expect_not_sent("interval", seconds(9'223'372'036'855));
    expect_not_sent("interval", seconds::min());
    expect_not_sent("interval", hours(2'562'047'789));
    expect_not_read<nanoseconds>("interval", "2562047:47:16.854776");
    expect_not_read<duration<std::int32_t>>("interval", "596523:14:08");
    expect_not_read<seconds>("interval", "00:00:00.5");
    expect_not_read<minutes>("interval", "00:00:01");
    expect_not_read<microseconds>("interval", "1 mon");
    const std::string message = read_failure<hours>("interval", "1 day");
    EXPECT_NE(message.find("dsql::interval"), std::string::npos) << message;
}

// Text is parsed in every style of the session, and the binary form does not depend on it.
TEST_F(RoundTrip, SessionStylesDoNotMatter) {
    const year_month_day date = 2026y / February / 3;
    const sys_seconds moment = sys_days(year(-43) / March / 5) + 6h;
    const std::vector<interval> intervals = {{.months = -13, .days = 2, .time = -3h},
                                             {.months = 1, .days = -2, .time = 1us}};
    for (const char* const style :
         {"SQL, DMY", "SQL, MDY", "German", "Postgres, DMY", "ISO, MDY"}) {
        session_.execute("SELECT set_config('DateStyle', $1, false)", style);
        expect_sent("date", date,
                    session_.query_value<std::string>("SELECT ($1::date)::text", date));
        expect_read("date", "2026-02-03", date);
        const auto shown =
            session_.query_value<std::string>("SELECT ($1::timestamptz)::text", moment);
        expect_same("timestamptz", moment, shown);
    }
    for (const char* const style : {"sql_standard", "postgres_verbose", "iso_8601"}) {
        session_.execute("SELECT set_config('IntervalStyle', $1, false)", style);
        for (const interval& value : intervals) {
            const auto shown =
                session_.query_value<std::string>("SELECT ($1::interval)::text", value);
            expect_same("interval", value, shown);
        }
    }
}

}  // namespace round_trip_time_test
