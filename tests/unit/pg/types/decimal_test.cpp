// SPDX-License-Identifier: Apache-2.0
#include <dsql/decimal.hpp>
#include <dsql/error.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>

namespace decimal_test {

using dsql::conversion_error;
using dsql::decimal;

std::string normal(std::string_view text) {
    return decimal::parse(text).to_string();
}

TEST(Decimal, KeepsItsScale) {
    for (const char* text :
         {"0", "0.0", "1", "-1", "1.50", "0.001", "-0.0001", "1000000", "9999", "10000.0000",
          "123456789012345678901234567890.123456789", "NaN", "Infinity", "-Infinity"}) {
        EXPECT_EQ(normal(text), text);
    }
    EXPECT_EQ(decimal::parse("1.50").scale(), 2);
    EXPECT_EQ(decimal::parse("NaN").scale(), 0);
}

TEST(Decimal, ParsesAsPostgresDoes) {
    const std::pair<const char*, const char*> cases[] = {
        {" +1.5\t", "1.5"},   {"00012", "12"},    {".5", "0.5"},       {"5.", "5"},
        {"-0", "0"},          {"-0.00", "0.00"},  {"1e3", "1000"},     {"1.5E3", "1500"},
        {"1.5e+0", "1.5"},    {"1.25e1", "12.5"}, {"1e-3", "0.001"},   {"1.50e-2", "0.0150"},
        {"0e5", "0"},         {"0e-3", "0.000"},  {"0.00e1", "0.0"},   {"12345e-4", "1.2345"},
        {"1e-5", "0.00001"},  {"nan", "NaN"},     {"iNf", "Infinity"}, {"+infinity", "Infinity"},
        {"-INF", "-Infinity"}};
    for (const auto& [text, expected] : cases) {
        EXPECT_EQ(normal(text), expected) << text;
    }
}

TEST(Decimal, RejectsOtherText) {
    for (const char* text : {"",      " ",
                             "+",     "-",
                             ".",     "e5",
                             "1e",    "1e+",
                             "1e5x",  "1.2.3",
                             "--1",   "+-1",
                             "1 2",   "abc",
                             "-nan",  "infinit",
                             "1,5",   "0x10",
                             "1_000", ". 5",
                             "- 1",   "infinityinfinity"}) {
        EXPECT_THROW(static_cast<void>(decimal::parse(text)), conversion_error) << text;
    }
    EXPECT_THROW(static_cast<void>(decimal::parse(std::string_view("1\0", 2))), conversion_error);
}

TEST(Decimal, Limits) {
    EXPECT_EQ(normal("1e131071"), "1" + std::string(131'071, '0'));
    EXPECT_EQ(normal("1e-16383"), "0." + std::string(16'382, '0') + "1");
    for (const char* text : {"1e131072", "10e131071", "1e-16384", "0e-16384",
                             "1e99999999999999999999", "1e-99999999999999999999", "1e2147483647"}) {
        EXPECT_THROW(static_cast<void>(decimal::parse(text)), conversion_error) << text;
    }
    EXPECT_THROW(static_cast<void>(decimal::parse("0." + std::string(16'384, '1'))),
                 conversion_error);
    EXPECT_THROW(static_cast<void>(decimal::parse(std::string(131'073, '1'))), conversion_error);
    EXPECT_EQ(normal(std::string(200'000, '0') + "7"), "7");
}

TEST(Decimal, FromIntegers) {
    EXPECT_EQ(decimal().to_string(), "0");
    EXPECT_EQ(decimal(0).to_string(), "0");
    EXPECT_EQ(decimal(-10'000).to_string(), "-10000");
    EXPECT_EQ(decimal(std::numeric_limits<std::int64_t>::min()).to_string(),
              "-9223372036854775808");
    EXPECT_EQ(decimal(std::numeric_limits<std::uint64_t>::max()).to_string(),
              "18446744073709551615");
    EXPECT_EQ(decimal(static_cast<signed char>(-128)).to_string(), "-128");
    EXPECT_EQ(decimal(7), decimal::parse("7.0"));
    static_assert(!std::is_convertible_v<double, decimal> && !std::is_convertible_v<char, decimal>);
    static_assert(!std::is_convertible_v<bool, decimal>);
}

TEST(Decimal, OrderedByValue) {
    EXPECT_EQ(decimal::parse("1.0"), decimal::parse("1.00"));
    EXPECT_EQ(decimal::parse("0.00"), decimal());
    EXPECT_EQ(decimal::parse("NaN"), decimal::parse("NaN"));
    EXPECT_NE(decimal(1), 2);
    const char* const rising[] = {"-Infinity", "-10000", "-9999.9",  "-9999",   "-1",
                                  "-0.0001",   "0",      "0.0001",   "0.00011", "1",
                                  "1.0001",    "1.5",    "2",        "9999",    "10000",
                                  "10000.1",   "1e100",  "Infinity", "NaN"};
    for (std::size_t i = 0; i < std::size(rising); ++i) {
        for (std::size_t k = 0; k < std::size(rising); ++k) {
            EXPECT_EQ(decimal::parse(rising[i]) <=> decimal::parse(rising[k]),
                      std::weak_ordering(i <=> k))
                << rising[i] << " and " << rising[k];
        }
    }
}

TEST(Decimal, Kinds) {
    EXPECT_TRUE(decimal::parse("NaN").is_nan());
    EXPECT_FALSE(decimal::parse("NaN").is_infinite());
    EXPECT_TRUE(decimal::parse("-inf").is_infinite());
    EXPECT_TRUE(decimal::parse("-inf").is_negative());
    EXPECT_TRUE(decimal(-1).is_negative());
    EXPECT_FALSE(decimal::parse("-0.0").is_negative());
}

TEST(Decimal, ToDouble) {
    for (const char* text : {"0", "1.5", "-0.1", "123456.789", "1e300", "1e-300", "10000",
                             "179769313486231570814527423731704356798070e0", "0.3"}) {
        EXPECT_EQ(decimal::parse(text).to_double(), std::stod(text)) << text;
    }
    EXPECT_EQ(decimal::parse("1e400").to_double(), HUGE_VAL);
    EXPECT_EQ(decimal::parse("-1e400").to_double(), -HUGE_VAL);
    EXPECT_EQ(decimal::parse("1e-400").to_double(), 0.0);
    EXPECT_EQ(decimal::parse("-inf").to_double(), -HUGE_VAL);
    EXPECT_TRUE(std::isnan(decimal::parse("nan").to_double()));
}

TEST(Decimal, ToInteger) {
    for (const char* text : {"0", "7", "-7", "10000", "9223372036854775807", "-9223372036854775808",
                             "1000000000000000000"}) {
        EXPECT_EQ(decimal::parse(text).to_int64(), std::stoll(text));
    }
    EXPECT_EQ(decimal::parse("7.00").to_int64(), 7);
    EXPECT_EQ(decimal::parse("0.00").to_int64(), 0);
    for (const char* text : {"9223372036854775808", "-9223372036854775809", "1e30", "1e131071",
                             "7.5", "0.1", "NaN", "Infinity", "100000000000000000000"}) {
        EXPECT_THROW(static_cast<void>(decimal::parse(text).to_int64()), conversion_error) << text;
    }
}

}  // namespace decimal_test
