// SPDX-License-Identifier: Apache-2.0
#include "codec_support.hpp"

namespace array_test {

using namespace dsql;
using namespace dsql::test;

using ints = std::vector<int>;
using optional_ints = std::vector<std::optional<int>>;
using strings = std::vector<std::string>;

// The fields are: dimensions, flags, element type; count, lower bound; length and bytes of each
// element.
const std::string two_ints =
    bytes("00000001 00000000 00000017 00000002 00000001 00000004 00000007 00000004 ffffffff");
const std::string with_null =
    bytes("00000001 00000001 00000017 00000002 00000001 00000004 00000007 ffffffff");
const std::string no_ints = bytes("00000000 00000000 00000017");

TEST(ArrayCodec, KnownBytes) {
    EXPECT_EQ(binary(ints{7, -1}), two_ints);
    EXPECT_EQ(binary(optional_ints{7, std::nullopt}), with_null);
    EXPECT_EQ(binary(optional_ints{7, -1}), two_ints);
    EXPECT_EQ(binary(ints{}), no_ints);
    EXPECT_EQ(read<ints>(two_ints), (ints{7, -1}));
    EXPECT_EQ(read<optional_ints>(with_null), (optional_ints{7, std::nullopt}));
    EXPECT_EQ(read<ints>(no_ints), ints{});
}

TEST(ArrayCodec, RoundTrip) {
    EXPECT_EQ(there_and_back(std::vector<bool>{true, false, true}),
              (std::vector<bool>{true, false, true}));
    EXPECT_EQ(there_and_back(strings{"", "a b", "NULL"}), (strings{"", "a b", "NULL"}));
    EXPECT_EQ(there_and_back(ints{1, 2}, oids::int8_array), (ints{1, 2}));
    EXPECT_EQ(there_and_back(strings{"{}"}, oids::jsonb_array), strings{"{}"});
    EXPECT_EQ(there_and_back(std::vector<std::vector<std::byte>>{{}, {std::byte(1)}}).size(), 2U);
    EXPECT_EQ(there_and_back(std::vector<decimal>{1, 2}), (std::vector<decimal>{1, 2}));
    using std::chrono::sys_seconds;
    EXPECT_EQ(there_and_back(std::vector<sys_seconds>{sys_seconds::max()}),
              std::vector<sys_seconds>{sys_seconds::max()});
    const std::vector<double> values = {1.5};
    EXPECT_EQ(binary(std::span<const double>(values)), binary(values));
    const std::vector<std::uint8_t> small = {1, 255};
    EXPECT_EQ(there_and_back(small), small);
}

TEST(ArrayCodec, ViewsPointIntoTheValue) {
    const std::string array = binary(strings{"abc"});
    const auto views = read<std::vector<std::string_view>>(array);
    ASSERT_EQ(views.size(), 1U);
    EXPECT_EQ(views[0], "abc");
    EXPECT_EQ(views[0].data(), array.data() + array.size() - 3);
}

TEST(ArrayCodec, AnyLowerBound) {
    for (const char* bound : {"80000000", "00000000", "7fffffff"}) {
        const std::string array =
            bytes("00000001 00000000 00000017 00000001" + std::string(bound) + "00000004 00000005");
        EXPECT_EQ(read<ints>(array), ints{5});
    }
    EXPECT_EQ(read<ints>(bytes("00000001 00000000 00000017 00000000 00000001")), ints{});
}

TEST(ArrayCodec, Types) {
    EXPECT_EQ(codec<ints>::type, oids::int4_array);
    EXPECT_EQ(codec<optional_ints>::type, oids::int4_array);
    EXPECT_EQ(codec<std::vector<bool>>::type, oids::boolean_array);
    EXPECT_TRUE(codec<ints>::reads(oids::int2_array));
    EXPECT_FALSE(codec<ints>::reads(oids::text_array));
    EXPECT_FALSE(codec<ints>::reads(oids::int4));
    EXPECT_FALSE(codec<ints>::writes(oids::int4));
    EXPECT_TRUE(codec<strings>::reads(oids::varchar_array));
    EXPECT_TRUE(codec<strings>::reads(oids::uuid_array));
    EXPECT_FALSE(codec<strings>::writes(oids::uuid_array));
    EXPECT_EQ(codec<optional_ints>::name(), "std::vector<std::optional<int>>");
    EXPECT_EQ(codec<strings>::name(), "std::vector<std::string>");
    static_assert(!readable<std::vector<ints>> && !writable<std::vector<ints>>);
    static_assert(!readable<std::vector<char>>);
    static_assert(!readable<std::span<const int>> && writable<std::span<const int>>);
}

TEST(ArrayCodec, TheHeadersElementTypeDecides) {
    EXPECT_EQ(read<ints>(bytes("00000001 00000000 00000015 00000001 00000001 00000002 0005"),
                         oids::int4_array),
              ints{5});
    EXPECT_EQ(read_failure<strings>(two_ints), "its elements are of type integer");
    EXPECT_EQ(read_failure<ints>(binary(strings{"a"}), oids::int4_array),
              "its elements are of type text");
}

TEST(ArrayCodec, ErrorsNameThePositionOfTheElement) {
    EXPECT_EQ(read_failure<ints>(with_null),
              "element 2 is NULL; read the elements as std::optional");
    EXPECT_EQ(read_failure<std::vector<short>>(binary(ints{1, 2, 70'000}), oids::int4_array),
              "element 3: the value 70000 does not fit");
    EXPECT_EQ(binary_failure(ints{1, 70'000}, oids::int2_array),
              "element 2: the value 70000 does not fit");
}

TEST(ArrayCodec, RejectsMalformedBytes) {
    EXPECT_EQ(read_failure<ints>(bytes("00000002 00000000 00000017 00000001 00000001 00000001 "
                                       "00000001 00000004 00000005")),
              "the array has 2 dimensions; only one can be read");
    const std::string message = "the bytes are no array in binary";
    for (std::size_t size = 0; size < two_ints.size(); ++size) {
        EXPECT_EQ(read_failure<ints>(two_ints.substr(0, size)), message) << size;
    }
    EXPECT_EQ(read_failure<ints>(two_ints + "x"), message);
    EXPECT_EQ(read_failure<ints>(no_ints + "x"), message);
    for (const char* hex :
         {"ffffffff 00000000 00000017",                             // dimensions
          "00000000 00000002 00000017",                             // flags
          "00000001 00000000 00000017 ffffffff 00000001",           // count
          "00000001 00000000 00000017 7fffffff 00000001 00000000",  // more than there are bytes
          "00000001 00000000 00000017 00000001 00000001 fffffffe",  // length
          "00000001 00000000 00000017 00000001 00000001 7fffffff"}) {
        EXPECT_EQ(read_failure<ints>(bytes(hex)), message) << hex;
    }
}

TEST(ArrayCodec, Text) {
    EXPECT_EQ(text(ints{}), "{}");
    EXPECT_EQ(text(ints{1, -2}), "{1,-2}");
    EXPECT_EQ(text(optional_ints{1, std::nullopt}), "{1,NULL}");
    EXPECT_EQ(text(std::vector<bool>{true, false}), "{t,f}");
    EXPECT_EQ(text(std::vector<std::optional<std::string>>{"a b", std::nullopt, "\"\\"}),
              R"({"a b",NULL,"\"\\"})");
    EXPECT_EQ(text(strings{"", "null", "nulls", "a,b", "{", "}", "tab\t", "a"}),
              "{\"\",\"null\",nulls,\"a,b\",\"{\",\"}\",\"tab\t\",a}");
    EXPECT_EQ(text(strings{std::string(600, '"')}).size(), 600U * 2 + 4);
    EXPECT_EQ(text(std::vector<std::vector<std::byte>>{{std::byte(1)}}), R"({"\\x01"})");
}

}  // namespace array_test
