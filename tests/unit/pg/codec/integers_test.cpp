// SPDX-License-Identifier: Apache-2.0
#include "codec_support.hpp"

#include <limits>

namespace integers_test {

using namespace dsql;
using namespace dsql::test;

template <class T>
concept has_codec = readable<T> || writable<T>;

static_assert(has_codec<signed char> && has_codec<unsigned char> && has_codec<long long>);
static_assert(!has_codec<char> && !has_codec<wchar_t> && !has_codec<char8_t> &&
              !has_codec<char16_t> && !has_codec<char32_t>);

template <class T>
class IntegerCodec : public testing::Test {};
using integers = testing::Types<signed char, short, int, long, long long, unsigned char,
                                unsigned short, unsigned int, unsigned long, unsigned long long>;
TYPED_TEST_SUITE(IntegerCodec, integers, );

TYPED_TEST(IntegerCodec, LimitsRoundTripThroughEachType) {
    using limits = std::numeric_limits<TypeParam>;
    for (const oid type : {oids::int2, oids::int4, oids::int8}) {
        for (const TypeParam value : {limits::min(), TypeParam(0), TypeParam(1), limits::max()}) {
            const std::string why = binary_failure(value, type);
            if (why.empty()) {
                EXPECT_EQ(there_and_back(value, type), value);
            } else {
                EXPECT_EQ(why, "the value " + std::to_string(value) + " does not fit");
            }
            EXPECT_EQ(text(value), std::to_string(value));
        }
    }
}

TYPED_TEST(IntegerCodec, LimitsFitTheParameterType) {
    using limits = std::numeric_limits<TypeParam>;
    EXPECT_EQ(there_and_back(limits::min()), limits::min());
    if (std::in_range<std::int64_t>(limits::max())) {
        EXPECT_EQ(there_and_back(limits::max()), limits::max());
    } else {
        EXPECT_EQ(binary_failure(limits::max()), "the value 18446744073709551615 does not fit");
    }
}

TYPED_TEST(IntegerCodec, ValuesThatDoNotFitAreErrors) {
    using limits = std::numeric_limits<TypeParam>;
    if constexpr (sizeof(TypeParam) < sizeof(std::int64_t)) {
        const std::int64_t above = std::int64_t(limits::max()) + 1;
        EXPECT_EQ(read_failure<TypeParam>(binary(above), oids::int8),
                  "the value " + std::to_string(above) + " does not fit");
    }
    if (std::is_unsigned_v<TypeParam>) {
        EXPECT_EQ(read_failure<TypeParam>(bytes("ffff"), oids::int2), "the value -1 does not fit");
        EXPECT_EQ(read_failure<TypeParam>(bytes("ffffffff"), oids::int4),
                  "the value -1 does not fit");
    }
}

TYPED_TEST(IntegerCodec, OtherSizesAreErrors) {
    for (const auto& [type, size] : {std::pair(oids::int2, 2), {oids::int4, 4}, {oids::int8, 8}}) {
        for (const int other : {0, 1, 2, 3, 4, 5, 7, 8, 9}) {
            const std::string value(static_cast<std::size_t>(other), '\0');
            EXPECT_EQ(read_failure<TypeParam>(value, type).empty(), other == size);
        }
    }
}

TEST(IntegersCodec, KnownBytes) {
    EXPECT_EQ(binary<short>(-2), bytes("fffe"));
    EXPECT_EQ(binary(305419896), bytes("12345678"));
    EXPECT_EQ(binary(std::int64_t(-2)), bytes("ffffffff fffffffe"));
    EXPECT_EQ(binary(7, oids::int8), bytes("00000000 00000007"));
    EXPECT_EQ(binary(-7, oids::int2), bytes("fff9"));
}

TEST(IntegersCodec, ParameterTypes) {
    EXPECT_EQ(codec<signed char>::type, oids::int2);
    EXPECT_EQ(codec<unsigned char>::type, oids::int2);
    EXPECT_EQ(codec<short>::type, oids::int2);
    EXPECT_EQ(codec<unsigned short>::type, oids::int4);
    EXPECT_EQ(codec<int>::type, oids::int4);
    EXPECT_EQ(codec<unsigned int>::type, oids::int8);
    EXPECT_EQ(codec<std::int64_t>::type, oids::int8);
    EXPECT_EQ(codec<long>::type, sizeof(long) == 8 ? oids::int8 : oids::int4);
    EXPECT_EQ(codec<unsigned long long>::type, oids::int8);
    EXPECT_EQ(codec<unsigned short>::array_type, oids::int4_array);
    EXPECT_EQ(codec<short>::array_type, oids::int2_array);
    EXPECT_EQ(codec<std::int64_t>::array_type, oids::int8_array);
}

TEST(IntegersCodec, ObjectIdentifiersAreUnsigned) {
    EXPECT_EQ(read<unsigned int>(bytes("fffffffe"), oids::object_identifier), 4'294'967'294U);
    EXPECT_EQ(read<std::int64_t>(bytes("fffffffe"), oids::object_identifier), 4'294'967'294);
    EXPECT_FALSE(codec<int>::reads(oids::object_identifier));
    EXPECT_FALSE(codec<unsigned short>::reads(oids::object_identifier));
    EXPECT_FALSE(codec<unsigned int>::writes(oids::object_identifier));
    EXPECT_NE(read_failure<std::int64_t>(bytes("00000000 00000001"), oids::object_identifier), "");
}

TEST(IntegersCodec, Names) {
    EXPECT_EQ(codec<long>::name(), "long");
    EXPECT_EQ(codec<long long>::name(), "long long");
    EXPECT_EQ(codec<unsigned char>::name(), "unsigned char");
    EXPECT_EQ(codec<unsigned>::name(), "unsigned int");
}

TEST(IntegersCodec, ReadsNothingElse) {
    for (const oid type : {oids::numeric, oids::text, oids::float8, oids::boolean}) {
        EXPECT_FALSE(codec<int>::reads(type));
        EXPECT_FALSE(codec<int>::writes(type));
    }
}

TEST(BooleanCodec, RoundTrip) {
    EXPECT_EQ(binary(true), bytes("01"));
    EXPECT_EQ(binary(false), bytes("00"));
    EXPECT_TRUE(there_and_back(true));
    EXPECT_FALSE(there_and_back(false));
    EXPECT_EQ(text(true) + text(false), "tf");
    EXPECT_NE(read_failure<bool>(""), "");
    EXPECT_NE(read_failure<bool>(bytes("0001")), "");
}

}  // namespace integers_test
