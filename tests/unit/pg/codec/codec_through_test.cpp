// SPDX-License-Identifier: Apache-2.0
#include "codec_support.hpp"

namespace codec_through_test {

struct user_id {
    std::int64_t number{};
    bool operator==(const user_id&) const = default;
};
struct email {
    std::string address{};
    bool operator==(const email&) const = default;
};
// A type that can only be read, and whose SQL type has no array type.
struct length {
    std::size_t value{};
};
enum class color { red };
struct paint {
    color value{};
};

}  // namespace codec_through_test

template <>
inline constexpr auto dsql::enum_labels<codec_through_test::color> =
    std::to_array<std::pair<codec_through_test::color, std::string_view>>(
        {{codec_through_test::color::red, "red"}});
template <>
struct dsql::codec<codec_through_test::user_id>
    : dsql::codec_through<codec_through_test::user_id, std::int64_t> {
    static std::int64_t to_base(const codec_through_test::user_id& id) { return id.number; }
    static codec_through_test::user_id from_base(std::int64_t number) { return {number}; }
};
template <>
struct dsql::codec<codec_through_test::email>
    : dsql::codec_through<codec_through_test::email, std::string> {
    static const std::string& to_base(const codec_through_test::email& value) {
        return value.address;
    }
    static codec_through_test::email from_base(std::string address) {
        if (address.find('@') == std::string::npos) {
            throw conversion_error("there is no @ in it");
        }
        return {std::move(address)};
    }
};
template <>
struct dsql::codec<codec_through_test::length>
    : dsql::codec_through<codec_through_test::length, std::string_view> {
    static codec_through_test::length from_base(std::string_view text) { return {text.size()}; }
};
template <>
struct dsql::codec<codec_through_test::paint>
    : dsql::codec_through<codec_through_test::paint, codec_through_test::color> {
    static codec_through_test::color to_base(const codec_through_test::paint& value) {
        return value.value;
    }
    static codec_through_test::paint from_base(codec_through_test::color value) { return {value}; }
};

namespace codec_through_test {

using namespace dsql;
using namespace dsql::test;

static_assert(readable<user_id> && writable<user_id> && readable<length>);
static_assert(readable<std::vector<user_id>> && writable<std::vector<user_id>>);
static_assert(readable<paint> && readable<std::vector<paint>>);
static_assert(codec<email>::type == oids::unspecified &&
              codec<email>::array_type == oids::text_array);
static_assert(!detail::codec_borrows<email>() && detail::codec_borrows<length>());
static_assert(detail::codec_borrows<std::vector<std::string_view>>());

TEST(CodecThrough, InheritsFromItsBase) {
    EXPECT_EQ(codec<user_id>::type, oids::int8);
    EXPECT_EQ(codec<user_id>::array_type, oids::int8_array);
    EXPECT_EQ(codec<user_id>::name(), "codec_through_test::user_id");
    EXPECT_TRUE(codec<user_id>::reads(oids::int2));
    EXPECT_TRUE(codec<user_id>::writes(oids::int4));
    EXPECT_FALSE(codec<user_id>::writes(oids::text));
    EXPECT_EQ(there_and_back(user_id{-5}), user_id{-5});
    EXPECT_EQ(there_and_back(user_id{-5}, oids::int2), user_id{-5});
    EXPECT_EQ(text(user_id{-5}), "-5");
    EXPECT_EQ(binary_failure(user_id{70'000}, oids::int2), "the value 70000 does not fit");
}

TEST(CodecThrough, MayRejectValues) {
    EXPECT_EQ(there_and_back(email{"a@b"}, oids::text), email{"a@b"});
    EXPECT_EQ(read_failure<email>("ab", oids::text), "there is no @ in it");
}

TEST(CodecThrough, InAnArray) {
    const std::vector<std::optional<user_id>> ids = {user_id{1}, std::nullopt};
    EXPECT_EQ(there_and_back(ids), ids);
    EXPECT_EQ(text(ids), "{1,NULL}");
    EXPECT_EQ(read_failure<std::vector<email>>(binary(std::vector<std::string>{"a@b", "c"})),
              "element 2: there is no @ in it");
}

TEST(CodecThrough, ReadOnly) {
    EXPECT_EQ(read<length>("abc", oids::text).value, 3U);
}

TEST(CodecThrough, Labels) {
    EXPECT_EQ(codec<paint>::type, oids::unspecified);
    EXPECT_EQ(text(paint{color::red}), "red");
    EXPECT_EQ(read<paint>("red", oids::text).value, color::red);
}

}  // namespace codec_through_test
