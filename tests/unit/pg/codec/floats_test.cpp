// SPDX-License-Identifier: Apache-2.0
#include "codec_support.hpp"

#include <cmath>
#include <limits>

namespace floats_test {

using namespace dsql;
using namespace dsql::test;
using limits = std::numeric_limits<double>;
using float_limits = std::numeric_limits<float>;

TEST(FloatsCodec, LimitsRoundTrip) {
    for (const double value : {0.0, 0.1, limits::min(), limits::denorm_min(), limits::max(),
                               limits::lowest(), limits::infinity(), -limits::infinity()}) {
        EXPECT_EQ(there_and_back(value), value);
    }
    for (const float value : {0.0F, 0.1F, float_limits::denorm_min(), float_limits::max(),
                              float_limits::infinity(), -float_limits::infinity()}) {
        EXPECT_EQ(there_and_back(value), value);
        EXPECT_EQ(read<double>(binary(value, oids::float8)), static_cast<double>(value));
        EXPECT_EQ(read<double>(binary(value), oids::float4), static_cast<double>(value));
    }
    EXPECT_TRUE(std::signbit(there_and_back(-0.0)));
    EXPECT_TRUE(std::isnan(there_and_back(limits::quiet_NaN())));
    EXPECT_TRUE(std::isnan(there_and_back(float_limits::quiet_NaN())));
}

TEST(FloatsCodec, KnownBytes) {
    EXPECT_EQ(binary(1.5), bytes("3ff80000 00000000"));
    EXPECT_EQ(binary(-2.0F), bytes("c0000000"));
}

TEST(FloatsCodec, ADoubleIsRoundedToAReal) {
    EXPECT_EQ(binary(-2.0, oids::float4), bytes("c0000000"));
    EXPECT_EQ(there_and_back(-limits::infinity(), oids::float4), -limits::infinity());
    EXPECT_TRUE(std::isnan(there_and_back(limits::quiet_NaN(), oids::float4)));
    EXPECT_TRUE(std::signbit(there_and_back(-0.0, oids::float4)));
    EXPECT_EQ(there_and_back(0.1, oids::float4), static_cast<double>(0.1F));
    const double largest = float_limits::max();
    const double half_a_step_more = 0x1.ffffffp127;
    EXPECT_EQ(there_and_back(std::nextafter(half_a_step_more, 0.0), oids::float4), largest);
    EXPECT_EQ(binary_failure(half_a_step_more, oids::float4),
              "the value 3.4028235677973366e+38 is out of range of real");
    EXPECT_NE(binary_failure(1e300, oids::float4), "");
    EXPECT_NE(binary_failure(limits::denorm_min(), oids::float4), "");
}

TEST(FloatsCodec, ANumericIsRoundedToTheNearestNumber) {
    const auto numeric = [](std::string_view text) {
        return binary(decimal::parse(text));
    };
    EXPECT_EQ(read<double>(numeric("0.1"), oids::numeric), 0.1);
    EXPECT_EQ(read<double>(numeric("9007199254740993"), oids::numeric), 9007199254740992.0);
    EXPECT_EQ(read<double>(numeric("1e-400"), oids::numeric), 0);
    EXPECT_EQ(read<double>(numeric("-inf"), oids::numeric), -limits::infinity());
    EXPECT_TRUE(std::isnan(read<double>(numeric("nan"), oids::numeric)));
    EXPECT_EQ(read<float>(numeric("0.1"), oids::numeric), 0.1F);
    // Rounding first to double gives the midpoint of two floats, which then rounds down to the even
    // one.
    EXPECT_EQ(read<float>(numeric("1.00000005960464477539062500001"), oids::numeric),
              1.00000011920928955F);
    EXPECT_EQ(read_failure<double>(numeric("1e400"), oids::numeric),
              "the value does not fit; read it as dsql::decimal");
    EXPECT_NE(read_failure<float>(numeric("-1e39"), oids::numeric), "");
    EXPECT_NE(read_failure<double>(bytes("0000"), oids::numeric), "");
}

TEST(FloatsCodec, TextIsTheShortest) {
    EXPECT_EQ(text(0.1), "0.1");
    EXPECT_EQ(text(0.1F), "0.1");
    EXPECT_EQ(text(1e300), "1e+300");
    EXPECT_EQ(text(100'000.0), "100000");
    EXPECT_EQ(text(1e15), "1e+15");
    EXPECT_EQ(text(1e6F), "1e+06");
    EXPECT_EQ(text(0.0001), "0.0001");
    EXPECT_EQ(text(0.00001F), "1e-05");
    EXPECT_EQ(text(-2.2250738585072014e-308), "-2.2250738585072014e-308");
    EXPECT_EQ(text(limits::infinity()), "Infinity");
    EXPECT_EQ(text(-float_limits::infinity()), "-Infinity");
    EXPECT_EQ(text(-limits::quiet_NaN()), "NaN");
}

TEST(FloatsCodec, Types) {
    EXPECT_FALSE(codec<float>::reads(oids::float8));
    EXPECT_NE(read_failure<float>(bytes("00000000 00000000")), "");
    EXPECT_NE(read_failure<double>(bytes("00000000")), "");
    EXPECT_NE(read_failure<double>(bytes("00000000 00000000"), oids::float4), "");
}

}  // namespace floats_test
