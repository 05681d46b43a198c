// SPDX-License-Identifier: Apache-2.0
#include "codec_support.hpp"

#include <limits>

namespace date_time_test {

using namespace dsql;
using namespace dsql::test;
using namespace std::chrono;
using namespace std::chrono_literals;

using sys_microseconds = sys_time<microseconds>;
using local_microseconds = local_time<microseconds>;

constexpr sys_days day_2024 = sys_days(2024y / February / 29);

TEST(DateCodec, KnownBytes) {
    EXPECT_EQ(binary(sys_days(2000y / January / 1)), bytes("00000000"));
    EXPECT_EQ(binary(sys_days(1999y / December / 31)), bytes("ffffffff"));
    EXPECT_EQ(binary(day_2024), bytes("00002279"));
    EXPECT_EQ(binary(local_days(2024y / February / 29)), bytes("00002279"));
    EXPECT_EQ(binary(2024y / February / 29), bytes("00002279"));
    EXPECT_EQ(binary(sys_days::max()), bytes("7fffffff"));
    EXPECT_EQ(binary(sys_days::min()), bytes("80000000"));
}

TEST(DateCodec, LimitsRoundTrip) {
    const sys_days first = sys_days(days(10'957 - 2'451'545));
    const sys_days last = sys_days(days(10'957 + 2'145'031'948));
    for (const sys_days day :
         {first, sys_days(), day_2024, last, sys_days::max(), sys_days::min()}) {
        EXPECT_EQ(there_and_back(day), day);
        const local_days local(day.time_since_epoch());
        EXPECT_EQ(there_and_back(local), local);
    }
    EXPECT_EQ(text(first), "4714-11-24 BC");
    EXPECT_EQ(text(last), "5874897-12-31");
    EXPECT_NE(binary_failure(first - days(1)), "");
    EXPECT_NE(binary_failure(last + days(1)), "");
    EXPECT_NE(text_failure(last + days(1)), "");
    EXPECT_NE(binary_failure(sys_days::max() - days(1)), "");
    EXPECT_NE(read_failure<sys_days>(bytes("7ffffffe")), "");
    EXPECT_NE(read_failure<sys_days>(bytes("80000001")), "");
    EXPECT_NE(read_failure<sys_days>(bytes("0000000000")), "");
}

TEST(DateCodec, TextOfEveryEra) {
    EXPECT_EQ(text(day_2024), "2024-02-29");
    EXPECT_EQ(text(sys_days(1y / January / 1)), "0001-01-01");
    EXPECT_EQ(text(sys_days(year(0) / December / 31)), "0001-12-31 BC");
    EXPECT_EQ(text(sys_days(year(-43) / March / 15)), "0044-03-15 BC");
    EXPECT_EQ(text(sys_days(year(32'767) / December / 31) + days(1)), "32768-01-01");
    EXPECT_EQ(text(sys_days::max()), "infinity");
    EXPECT_EQ(text(local_days::min()), "-infinity");
    EXPECT_EQ(text(2024y / February / 29), "2024-02-29");
}

TEST(DateCodec, AgreesWithTheStandardDayByDay) {
    for (sys_days day = sys_days(1899y / January / 1); day < sys_days(2101y / January / 1);
         day += days(1)) {
        const year_month_day date(day);
        ASSERT_EQ(read<year_month_day>(binary(day)), date);
    }
}

TEST(DateCodec, YearMonthDayHasLimits) {
    const auto far =
        read_failure<year_month_day>(binary(sys_days(year(32'767) / December / 31) + days(1)));
    EXPECT_EQ(far, "the value 32768-01-01 does not fit; read it as std::chrono::sys_days");
    EXPECT_EQ(read_failure<year_month_day>(bytes("7fffffff")),
              "the value infinity does not fit; read it as std::chrono::sys_days");
    EXPECT_EQ(there_and_back(year(32'767) / December / 31), year(32'767) / December / 31);
    EXPECT_EQ(there_and_back(year(-4713) / November / 24), year(-4713) / November / 24);
    EXPECT_EQ(binary_failure(2023y / February / 29),
              "there is no date of year 2023, month 2, day 29");
    EXPECT_NE(text_failure(2023y / February / 29), "");
    EXPECT_NE(binary_failure(year(-32'767) / January / 1), "");
}

TEST(TimestampCodec, KnownBytes) {
    EXPECT_EQ(binary(sys_microseconds(sys_days(2000y / January / 1))), bytes("0000000000000000"));
    EXPECT_EQ(binary(sys_microseconds(sys_days(2000y / January / 1)) - 1us),
              bytes("ffffffffffffffff"));
    EXPECT_EQ(binary(sys_seconds(sys_days(2000y / January / 1)) + 1s), bytes("00000000000f4240"));
    EXPECT_EQ(binary(local_microseconds(local_days(2000y / January / 2))),
              bytes("000000141dd76000"));
    EXPECT_EQ(binary(sys_microseconds::max()), bytes("7fffffffffffffff"));
    EXPECT_EQ(binary(local_seconds::min()), bytes("8000000000000000"));
}

TEST(TimestampCodec, TypesAndNames) {
    EXPECT_EQ(codec<sys_seconds>::type, oids::timestamptz);
    EXPECT_EQ(codec<local_seconds>::type, oids::timestamp);
    EXPECT_FALSE(codec<sys_seconds>::reads(oids::timestamp));
    EXPECT_FALSE(codec<local_seconds>::reads(oids::timestamptz));
    EXPECT_EQ(codec<sys_seconds>::name(), "std::chrono::sys_time<std::chrono::seconds>");
    EXPECT_TRUE((readable<sys_time<hours>>));
    EXPECT_FALSE((readable<sys_time<weeks>>));
    EXPECT_FALSE((readable<sys_time<duration<int, std::ratio<7>>>>));
    EXPECT_FALSE((readable<sys_time<duration<double>>>));
}

// The first and the last timestamp of PostgreSQL.
constexpr std::int64_t first_timestamp = -211'813'488'000'000'000;
constexpr std::int64_t last_timestamp = 9'223'371'331'199'999'999;

TEST(TimestampCodec, PostgresEdges) {
    const std::string first = binary(first_timestamp, oids::int8);
    const std::string last = binary(last_timestamp, oids::int8);
    EXPECT_EQ(text(read<sys_microseconds>(first)), "4714-11-24 00:00:00+00 BC");
    EXPECT_EQ(binary(read<sys_microseconds>(first)), first);
    EXPECT_EQ(binary(read<sys_seconds>(first)), first);
    EXPECT_NE(read_failure<sys_microseconds>(last), "");  // beyond 64 bits since 1970
    const std::string last_second = binary(last_timestamp - 999'999, oids::int8);
    EXPECT_EQ(text(read<local_seconds>(last_second)), "294276-12-31 23:59:59");
    EXPECT_EQ(binary(read<local_seconds>(last_second)), last_second);
    EXPECT_NE(binary_failure(read<local_seconds>(last_second) + 1s), "");
    EXPECT_NE(binary_failure(read<sys_seconds>(first) - 1s), "");
    EXPECT_NE(read_failure<sys_seconds>(binary(last_timestamp + 1, oids::int8)), "");
    EXPECT_NE(read_failure<sys_seconds>(binary(first_timestamp - 1, oids::int8)), "");
}

TEST(TimestampCodec, OverflowsOfEveryUnit) {
    EXPECT_NE(binary_failure(sys_seconds::max() - 1s), "");
    EXPECT_NE(binary_failure(sys_seconds::min() + 1s), "");
    EXPECT_NE(binary_failure(sys_microseconds::min() + 1us), "");
    EXPECT_NE(binary_failure(sys_time<hours>::max() - 1h), "");
    EXPECT_EQ(binary_failure(sys_time<nanoseconds>::max() - 1ns), "");
    EXPECT_EQ(binary_failure(sys_time<nanoseconds>::min() + 1ns), "");
    EXPECT_EQ(text(sys_time<nanoseconds>::min() + 1ns), "1677-09-21 00:12:43.145224+00");
    const std::string late = binary(sys_seconds(sys_days(2263y / January / 1)));
    EXPECT_NE(read_failure<sys_time<nanoseconds>>(late), "");
    using small_seconds = sys_time<duration<std::int32_t>>;
    EXPECT_NE(read_failure<small_seconds>(late), "");
    using unsigned_seconds = sys_time<duration<std::uint64_t>>;
    EXPECT_NE(read_failure<unsigned_seconds>(binary(sys_seconds(-1s))), "");
    EXPECT_NE(binary_failure(unsigned_seconds::max() - duration<std::uint64_t>(1)), "");
    EXPECT_EQ(
        there_and_back(unsigned_seconds(duration<std::uint64_t>(7))).time_since_epoch().count(),
        7U);
}

TEST(TimestampCodec, AFiniteTimestampNeverBecomesInfinite) {
    const std::int64_t epoch = 946'684'800'000'000;
    const std::string taken = binary(std::numeric_limits<std::int64_t>::max() - epoch, oids::int8);
    EXPECT_NE(read_failure<sys_microseconds>(taken), "");
    using small_seconds = sys_time<duration<std::int32_t>>;
    EXPECT_NE(read_failure<small_seconds>(binary(sys_seconds(seconds(INT32_MAX)))), "");
    EXPECT_EQ(read<small_seconds>(binary(sys_seconds::max())), small_seconds::max());
}

TEST(TimestampCodec, Infinities) {
    for (const auto& point : {sys_seconds::max(), sys_seconds::min()}) {
        EXPECT_EQ(there_and_back(point), point);
        EXPECT_TRUE(is_infinite(point));
    }
    EXPECT_EQ(read<local_time<hours>>(bytes("7fffffffffffffff")), local_time<hours>::max());
    EXPECT_EQ(text(sys_seconds::max()), "infinity");
    EXPECT_EQ(text(local_seconds::min()), "-infinity");
    EXPECT_FALSE(is_infinite(sys_seconds()));
}

TEST(TimestampCodec, UnitsOtherThanMicroseconds) {
    const sys_microseconds odd = sys_microseconds(day_2024) + 1h + 1us;
    EXPECT_NE(read_failure<sys_seconds>(binary(odd)), "");
    EXPECT_NE(read_failure<sys_time<hours>>(binary(odd)), "");
    EXPECT_EQ(read<sys_time<hours>>(binary(odd - 1us)), day_2024 + 1h);
    EXPECT_EQ(read<sys_time<nanoseconds>>(binary(odd)), odd);
    EXPECT_EQ(binary(sys_time<nanoseconds>(odd) + 999ns), binary(odd));
    EXPECT_EQ(binary(sys_time<nanoseconds>(sys_days()) - 1ns),
              binary(sys_microseconds(sys_days()) - 1us));
    using frames = duration<std::int64_t, std::ratio<1, 60>>;
    EXPECT_EQ(read<sys_time<frames>>(binary(sys_seconds(2s))).time_since_epoch().count(), 120);
    EXPECT_EQ(binary(sys_time<frames>(frames(1))), binary(sys_microseconds(16'666us)));
}

TEST(TimestampCodec, Text) {
    EXPECT_EQ(text(sys_microseconds(day_2024) + 23h + 5min + 7s + 120ms),
              "2024-02-29 23:05:07.12+00");
    EXPECT_EQ(text(local_seconds(local_days(2024y / February / 29))), "2024-02-29 00:00:00");
    EXPECT_EQ(text(local_microseconds(local_days(2000y / January / 1)) - 1us),
              "1999-12-31 23:59:59.999999");
    EXPECT_EQ(text(local_seconds(local_days(year(-43) / March / 15)) + 12h),
              "0044-03-15 12:00:00 BC");
    EXPECT_NE(text_failure(sys_seconds::max() - 1s), "");
    EXPECT_NE(read_failure<sys_seconds>(bytes("00000000")), "");
}

using time_of_day = hh_mm_ss<microseconds>;

TEST(TimeCodec, RoundTrip) {
    EXPECT_EQ(binary(time_of_day(1us)), bytes("0000000000000001"));
    EXPECT_EQ(binary(time_of_day(24h)), bytes("000000141dd76000"));
    for (const microseconds time : {0us, 1us, microseconds(24h) - 1us, microseconds(24h)}) {
        EXPECT_EQ(there_and_back(time_of_day(time)).to_duration(), time);
    }
    EXPECT_EQ(there_and_back(hh_mm_ss<seconds>(3661s)).to_duration(), 3661s);
    EXPECT_EQ(there_and_back(hh_mm_ss<hours>(24h)).hours(), 24h);
    EXPECT_EQ(there_and_back(hh_mm_ss<nanoseconds>(1500ns)).to_duration(), 1000ns);
    EXPECT_EQ(text(time_of_day(1h + 2min + 3s + 4us)), "01:02:03.000004");
    EXPECT_EQ(text(hh_mm_ss<minutes>(24h)), "24:00:00");
}

TEST(TimeCodec, RejectsMalformedBytes) {
    const std::string message = "the value is no time of day: those are from 00:00:00 to 24:00:00";
    EXPECT_EQ(binary_failure(time_of_day(-1us)), message);
    EXPECT_EQ(binary_failure(time_of_day(24h + 1us)), message);
    EXPECT_EQ(text_failure(time_of_day(25h)), message);
    EXPECT_EQ(binary_failure(hh_mm_ss<hours>(hours::max())), message);
    EXPECT_EQ(read_failure<time_of_day>(bytes("ffffffffffffffff")), message);
    EXPECT_EQ(read_failure<time_of_day>(bytes("000000141dd76001")), message);
    EXPECT_NE(read_failure<hh_mm_ss<seconds>>(bytes("0000000000000001")), "");
    EXPECT_NE(read_failure<time_of_day>(bytes("00000001")), "");
}

TEST(TimeWithTimeZoneCodec, RoundTrip) {
    // The binary form holds seconds west of Greenwich.
    const time_with_time_zone east{1us, 2h};
    EXPECT_EQ(binary(east), bytes("0000000000000001 ffffe3e0"));
    for (const seconds offset : {seconds(0), seconds(16h) - 1s, -seconds(16h) + 1s}) {
        const time_with_time_zone value{24h, offset};
        EXPECT_EQ(there_and_back(value), value);
    }
    EXPECT_EQ(text(east), "00:00:00.000001+02");
    EXPECT_EQ(text(time_with_time_zone{12h, -3h - 30min - 5s}), "12:00:00-03:30:05");
    EXPECT_EQ(text(time_with_time_zone{12h, -30min}), "12:00:00-00:30");
}

TEST(TimeWithTimeZoneCodec, RejectsMalformedBytes) {
    EXPECT_NE(binary_failure(time_with_time_zone{0us, 16h}), "");
    EXPECT_NE(binary_failure(time_with_time_zone{0us, seconds::min()}), "");
    EXPECT_NE(text_failure(time_with_time_zone{0us, -16h}), "");
    EXPECT_NE(binary_failure(time_with_time_zone{-1us, 0s}), "");
    EXPECT_NE(text_failure(time_with_time_zone{25h, 0s}), "");
    EXPECT_NE(read_failure<time_with_time_zone>(bytes("0000000000000000 80000000")), "");
    EXPECT_NE(read_failure<time_with_time_zone>(bytes("8000000000000000 00000000")), "");
    EXPECT_NE(read_failure<time_with_time_zone>(bytes("0000000000000000")), "");
}

TEST(IntervalCodec, RoundTrip) {
    // The order of the fields in interval_send() is microseconds, days, months.
    EXPECT_EQ(binary(interval{14, -3, 4us}), bytes("0000000000000004 fffffffd 0000000e"));
    for (const interval& value : {interval{}, interval{14, -3, -4us}, interval::infinite(),
                                  interval::negative_infinite()}) {
        EXPECT_EQ(there_and_back(value), value);
        EXPECT_EQ(text(value), value.to_string());
    }
    EXPECT_EQ(binary(interval::infinite()), bytes("7fffffffffffffff 7fffffff 7fffffff"));
    EXPECT_NE(read_failure<interval>(bytes("0000000000000004 fffffffd")), "");
    EXPECT_FALSE(codec<interval>::reads(oids::time));
}

TEST(DurationCodec, RoundTrip) {
    EXPECT_EQ(binary(1s), bytes("00000000000f4240 00000000 00000000"));
    EXPECT_EQ(there_and_back(microseconds::max()), microseconds::max());
    EXPECT_EQ(there_and_back(microseconds::min()), microseconds::min());
    EXPECT_EQ(there_and_back(weeks(2)), weeks(2));
    EXPECT_EQ(there_and_back(-1500ns), -2000ns);
    EXPECT_EQ(text(-90s), "PT-1M-30S");
    EXPECT_EQ(read<seconds>(bytes("00000000000f4240"), oids::time), 1s);
    EXPECT_FALSE(writable<months>);
    EXPECT_FALSE(writable<duration<double>>);
    EXPECT_EQ(codec<milliseconds>::name(), "std::chrono::milliseconds");
}

TEST(DurationCodec, RejectsMalformedBytes) {
    const std::string message =
        "the value P1M is not of hours and less alone; read it as dsql::interval";
    EXPECT_EQ(read_failure<seconds>(binary(interval{1, 0, 0us})), message);
    EXPECT_NE(read_failure<seconds>(binary(interval{0, 1, 0us})), "");
    EXPECT_NE(read_failure<seconds>(binary(interval::infinite())), "");
    EXPECT_NE(read_failure<seconds>(binary(1ms)), "");
    EXPECT_NE(read_failure<nanoseconds>(binary(microseconds::max())), "");
    EXPECT_NE((read_failure<duration<std::int16_t>>(binary(40'000s))), "");
    EXPECT_NE((read_failure<duration<unsigned>>(binary(-1s))), "");
    EXPECT_NE(binary_failure(seconds::max()), "");
    EXPECT_NE(binary_failure(hours::min()), "");
    EXPECT_NE(binary_failure(duration<std::uint64_t>(UINT64_MAX)), "");
    EXPECT_NE(text_failure(seconds::max()), "");
    EXPECT_NE(read_failure<seconds>(bytes("ffffffffffffffff"), oids::time), "");
}

}  // namespace date_time_test
