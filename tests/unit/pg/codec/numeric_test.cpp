// SPDX-License-Identifier: Apache-2.0
#include "codec_support.hpp"

namespace numeric_test {

using namespace dsql;
using namespace dsql::test;

std::string numeric_text(std::string_view hex) {
    return read<decimal>(bytes(hex)).to_string();
}

// The order of the fields in numeric_send() is count, weight, sign, scale, digits.
TEST(NumericCodec, KnownBytes) {
    EXPECT_EQ(binary(decimal::parse("0")), bytes("0000 0000 0000 0000"));
    EXPECT_EQ(binary(decimal::parse("0.00")), bytes("0000 0000 0000 0002"));
    EXPECT_EQ(binary(decimal::parse("1.50")), bytes("0002 0000 0000 0002 0001 1388"));
    EXPECT_EQ(binary(decimal::parse("-12345.678")), bytes("0003 0001 4000 0003 0001 0929 1a7c"));
    EXPECT_EQ(binary(decimal::parse("0.0001")), bytes("0001 ffff 0000 0004 0001"));
    EXPECT_EQ(binary(decimal::parse("0.00001")), bytes("0001 fffe 0000 0005 03e8"));
    EXPECT_EQ(binary(decimal::parse("100000000")), bytes("0001 0002 0000 0000 0001"));
    EXPECT_EQ(binary(decimal::parse("NaN")), bytes("0000 0000 c000 0000"));
    EXPECT_EQ(binary(decimal::parse("Infinity")), bytes("0000 0000 d000 0000"));
    EXPECT_EQ(binary(decimal::parse("-Infinity")), bytes("0000 0000 f000 0000"));
}

TEST(NumericCodec, RoundTrip) {
    for (const char* number :
         {"0", "0.000", "-1", "1.50", "9999", "10000", "-12345.678", "0.00012", "1e131071",
          "1e-16383", "79228162514264337593543950335.79228162514264337593543950335"}) {
        const decimal value = decimal::parse(number);
        EXPECT_EQ(there_and_back(value).to_string(), value.to_string()) << number;
        EXPECT_EQ(text(value), value.to_string());
    }
}

TEST(NumericCodec, SpecialsOfAnyHeader) {
    EXPECT_EQ(numeric_text("0000 0000 c000 0000"), "NaN");
    EXPECT_EQ(numeric_text("0000 0000 d000 0020"), "Infinity");
    EXPECT_EQ(numeric_text("0000 0000 f000 0020"), "-Infinity");
}

TEST(NumericCodec, NonCanonicalFormsAreNormalized) {
    EXPECT_EQ(numeric_text("0003 0001 0000 0000 0000 0007 0000"), "7");
    EXPECT_EQ(binary(read<decimal>(bytes("0003 0001 0000 0000 0000 0007 0000"))),
              bytes("0001 0000 0000 0000 0007"));
    EXPECT_EQ(numeric_text("0001 0000 4000 0001 0000"), "0.0");  // minus zero
    // Digits beyond the scale are cut off, as in numeric_recv().
    EXPECT_EQ(numeric_text("0002 0000 0000 0002 0001 1387"), "1.49");
    EXPECT_EQ(numeric_text("0002 0000 0000 0000 0001 1387"), "1");
    EXPECT_EQ(numeric_text("0001 8000 0000 3fff 0001"), "0." + std::string(16'383, '0'));
    EXPECT_EQ(read<decimal>(bytes("0002 0000 0000 0002 0001 1387")), decimal::parse("1.49"));
}

TEST(NumericCodec, RejectsMalformedBytes) {
    EXPECT_NE(read_failure<decimal>(""), "");
    EXPECT_NE(read_failure<decimal>(bytes("0000 0000 0000 00")), "");
    EXPECT_NE(read_failure<decimal>(bytes("0001 0000 0000 0000")), "");
    EXPECT_NE(read_failure<decimal>(bytes("0000 0000 0000 0000 0001")), "");
    EXPECT_NE(read_failure<decimal>(bytes("ffff 0000 0000 0000")), "");
    EXPECT_EQ(read_failure<decimal>(bytes("0001 0000 0000 0000 2710")),
              "a numeric with the base-10000 digit 10000");
    EXPECT_EQ(read_failure<decimal>(bytes("0000 0000 0001 0000")), "a numeric with the sign 1");
    EXPECT_EQ(read_failure<decimal>(bytes("0000 0000 0000 4000")),
              "a numeric with the scale 16384");
    EXPECT_FALSE(codec<decimal>::reads(oids::int4));
}

}  // namespace numeric_test
