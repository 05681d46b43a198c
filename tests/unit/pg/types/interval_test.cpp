// SPDX-License-Identifier: Apache-2.0
#include <dsql/interval.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace interval_test {

using dsql::interval;
using namespace std::chrono_literals;

TEST(Interval, TextOfItsParts) {
    EXPECT_EQ(interval{}.to_string(), "PT0S");
    EXPECT_EQ((interval{14, 3, 4h + 5min + 6s + 700ms}).to_string(), "P1Y2M3DT4H5M6.7S");
    EXPECT_EQ((interval{12, 0, 0us}).to_string(), "P1Y");
    EXPECT_EQ((interval{-14, 0, 0us}).to_string(), "P-1Y-2M");
    EXPECT_EQ((interval{0, -1, 1s}).to_string(), "P-1DT1S");
    EXPECT_EQ((interval{0, 0, -1us}).to_string(), "PT-0.000001S");
    EXPECT_EQ((interval{0, 0, -(1h + 1s + 500ms)}).to_string(), "PT-1H-1.5S");
}

TEST(Interval, Extremes) {
    EXPECT_EQ(interval::infinite().to_string(), "infinity");
    EXPECT_EQ(interval::negative_infinite().to_string(), "-infinity");
    using int32 = std::numeric_limits<std::int32_t>;
    EXPECT_EQ((interval{int32::min(), int32::min(), 0us}).to_string(),
              "P-178956970Y-8M-2147483648D");
    EXPECT_EQ((interval{0, 0, std::chrono::microseconds::min()}).to_string(),
              "PT-2562047788H-54.775808S");
}

TEST(Interval, EqualByItsParts) {
    EXPECT_EQ((interval{1, 2, 3us}), (interval{1, 2, 3us}));
    EXPECT_NE((interval{1, 0, 0us}), (interval{0, 30, 0us}));
}

}  // namespace interval_test
