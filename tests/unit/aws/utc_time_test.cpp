// SPDX-License-Identifier: Apache-2.0
#include "base/utc_time.hpp"

#include <gtest/gtest.h>

namespace utc_time_test {

using dsql::detail::amz_date;
using dsql::detail::format_utc_time;
using dsql::detail::parse_utc_time;
using namespace std::chrono_literals;
using std::chrono::system_clock;

TEST(AmzDate, RoundsDownToSeconds) {
    const system_clock::time_point epoch{};
    EXPECT_EQ(amz_date(epoch).time(), "19700101T000000Z");
    EXPECT_EQ(amz_date(epoch).day(), "19700101");
    EXPECT_EQ(amz_date(epoch + 1'709'210'096s + 999ms).time(), "20240229T123456Z");
    EXPECT_EQ(amz_date(epoch - 1ms).time(), "19691231T235959Z");
}

TEST(UtcTime, ReadsTheFormsOfServicesAndCacheFiles) {
    const system_clock::time_point moment{1'709'210'096s};
    for (const char* text :
         {"2024-02-29T12:34:56Z", "2024-02-29T12:34:56.999Z", "2024-02-29T12:34:56UTC",
          "2024-02-29T12:34:56+00:00", "2024-02-29T13:34:56+01:00", "2024-02-29T07:04:56-05:30",
          " 2024-02-29T12:34:56Z\n"}) {
        EXPECT_EQ(parse_utc_time(text), moment) << text;
    }
    EXPECT_EQ(format_utc_time(moment), "2024-02-29T12:34:56Z");
}

TEST(UtcTime, RejectsEverythingElse) {
    for (const char* text :
         {"", "2024", "2024-02-30T12:34:56Z", "2023-02-29T12:34:56Z", "2024-02-29T24:00:00Z",
          "2024-02-29T12:34:56", "2024-02-29T12:34:56.Z", "2024-02-29T12:34:56+1:00",
          "2024-02-29T12:34:56Zx", "2024-2-29T12:34:56Z", "-024-02-29T12:34:56Z",
          "1969-12-31T23:59:59Z", "2024-02-29T12:60:56Z", "2024-02-29 noon"}) {
        EXPECT_EQ(parse_utc_time(text), std::nullopt) << text;
    }
}

TEST(UtcTime, ATimeBeyondTheClockIsClamped) {
    EXPECT_GT(parse_utc_time("3025-09-14T04:05:45Z"), system_clock::time_point(200 * 365 * 24h));
    EXPECT_GT(parse_utc_time("9999-12-31T23:59:59-23:59"), system_clock::now());
    EXPECT_GT(parse_utc_time("2262-04-10T23:59:60-23:59"), system_clock::now());
}

}  // namespace utc_time_test
