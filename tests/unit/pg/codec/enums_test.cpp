// SPDX-License-Identifier: Apache-2.0
#include "codec_support.hpp"

namespace enums_test {

enum class level : short { low = 1, high = 300 };
enum class flag : bool { off, on };
enum plain { one, two };
enum fixed : unsigned char { first, second };
enum class letter : char { a = 'a' };
enum class color { red, green, blue };
enum word { yes, no };

}  // namespace enums_test

template <>
inline constexpr auto dsql::enum_labels<enums_test::color> =
    std::to_array<std::pair<enums_test::color, std::string_view>>(
        {{enums_test::color::red, "red"}, {enums_test::color::green, "light green"}});
template <>
inline constexpr std::array<std::pair<enums_test::word, std::string_view>, 2>
    dsql::enum_labels<enums_test::word> = {{{enums_test::yes, "yes"}, {enums_test::no, "no"}}};

namespace enums_test {

using namespace dsql;
using namespace dsql::test;

TEST(EnumsCodec, AsTheUnderlyingNumber) {
    EXPECT_EQ(codec<level>::type, oids::int2);
    EXPECT_EQ(codec<level>::array_type, oids::int2_array);
    EXPECT_EQ(binary(level::high), bytes("012c"));
    EXPECT_EQ(there_and_back(level::high, oids::int8), level::high);
    EXPECT_EQ(text(level::high), "300");
    EXPECT_EQ(there_and_back(second), second);
    EXPECT_EQ(there_and_back(flag::on), flag::on);
    EXPECT_EQ(codec<flag>::type, oids::boolean);
    EXPECT_EQ(read<level>(bytes("0007")), static_cast<level>(7));
    EXPECT_EQ(read_failure<level>(bytes("00010000"), oids::int4), "the value 65536 does not fit");
    EXPECT_EQ(there_and_back(std::vector<level>{level::low}), std::vector<level>{level::low});
    EXPECT_EQ(codec<level>::name(), "enums_test::level");
}

TEST(EnumsCodec, SupportedEnumerations) {
    static_assert(!readable<std::byte> && !writable<std::byte>);
    static_assert(!readable<letter> && !writable<letter>);
    // Such an enumeration has no fixed underlying type, so a number without an enumerator may not
    // be one of its values.
    static_assert(!readable<plain> && writable<plain>);
    static_assert(readable<fixed> && readable<word>);
    EXPECT_EQ(text(two), "1");
}

TEST(EnumsCodec, Labels) {
    EXPECT_EQ(codec<color>::type, oids::unspecified);
    EXPECT_EQ(text(color::green), "light green");
    EXPECT_EQ(binary(color::red, oids::text), "red");
    for (const oid type : {oids::text, oids::varchar, oids::name, oids::first_user_defined,
                           oids::first_user_defined + 1000}) {
        EXPECT_EQ(read<color>("light green", type), color::green);
        EXPECT_TRUE(codec<color>::writes(type));
    }
    EXPECT_EQ(read<color>("red   ", oids::bpchar), color::red);
    EXPECT_EQ(read<word>("no", oids::text), no);
    EXPECT_FALSE(codec<color>::reads(oids::int4));
    EXPECT_FALSE(codec<color>::reads(oids::unspecified));
}

TEST(EnumsCodec, UnknownLabels) {
    EXPECT_EQ(read_failure<color>("purple", oids::text),
              R"(the label "purple" is none of "red", "light green")");
    EXPECT_NE(read_failure<color>("", oids::text), "");
    EXPECT_NE(read_failure<color>("   ", oids::bpchar), "");
    EXPECT_NE(read_failure<color>("red ", oids::text), "");
    EXPECT_EQ(text_failure(color::blue),
              R"(the value 2 has no label; there are "red", "light green")");
    EXPECT_NE(binary_failure(color::blue, oids::text), "");
}

}  // namespace enums_test
