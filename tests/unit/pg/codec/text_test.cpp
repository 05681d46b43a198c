// SPDX-License-Identifier: Apache-2.0
#include "codec_support.hpp"

namespace text_test {

using namespace dsql;
using namespace dsql::test;
using namespace std::string_literals;

TEST(TextCodec, EveryTextType) {
    for (const oid type : {oids::text, oids::varchar, oids::bpchar, oids::name, oids::unknown,
                           oids::xml, oids::json}) {
        EXPECT_EQ(binary("caf\xc3\xa9"s, type), "caf\xc3\xa9");
        EXPECT_EQ(there_and_back("a \"b\""s, type), "a \"b\"");
        EXPECT_EQ(there_and_back(""s, type), "");
    }
    EXPECT_EQ(read<std::string>("x", oids::char_type), "x");
    EXPECT_FALSE(codec<std::string>::writes(oids::char_type));
    EXPECT_FALSE(codec<std::string>::writes(oids::numeric));
    EXPECT_FALSE(codec<std::string>::reads(oids::bytea));
    EXPECT_EQ(text("a'b"s), "a'b");
}

TEST(TextCodec, AViewPointsIntoTheValue) {
    const std::string plain = "abc";
    EXPECT_EQ(read<std::string_view>(plain, oids::text).data(), plain.data());
    const std::string jsonb = "\1[1]";
    const auto view = read<std::string_view>(jsonb, oids::jsonb);
    EXPECT_EQ(view, "[1]");
    EXPECT_EQ(view.data(), jsonb.data() + 1);
    EXPECT_FALSE(codec<std::string_view>::reads(oids::numeric));
    EXPECT_FALSE(codec<std::string_view>::reads(oids::uuid));
}

TEST(TextCodec, TheVersionOfJsonb) {
    EXPECT_EQ(binary("{}"s, oids::jsonb), "\1{}");
    EXPECT_EQ(read<std::string>("\1{}", oids::jsonb), "{}");
    EXPECT_EQ(read_failure<std::string>("\2{}", oids::jsonb),
              "a jsonb of version 2; only version 1 can be read");
    EXPECT_EQ(read_failure<std::string>("", oids::jsonb), "a jsonb without its version");
}

TEST(TextCodec, NumbersAndUuidsAsText) {
    EXPECT_EQ(read<std::string>(binary(decimal::parse("1.50")), oids::numeric), "1.50");
    const std::string id = "3d813cbb-47fb-32ba-91df-831e1593ac29";
    EXPECT_EQ(read<std::string>(binary(uuid::parse(id)), oids::uuid), id);
    EXPECT_NE(read_failure<std::string>("abc", oids::numeric), "");
    EXPECT_NE(read_failure<std::string>("abc", oids::uuid), "");
}

TEST(TextCodec, AZeroByteIsAnError) {
    const std::string message =
        "a zero byte at position 1; PostgreSQL's text types cannot hold one";
    EXPECT_EQ(binary_failure("a\0b"s), message);
    EXPECT_EQ(text_failure("a\0b"s), message);
    EXPECT_EQ(binary_failure(std::string_view("a\0b", 3)), message);
    EXPECT_EQ(binary_failure(json{"a\0b"s}), message);
}

TEST(JsonCodec, JsonAndJsonbAreInterchangeable) {
    EXPECT_EQ(codec<json>::type, oids::json);
    EXPECT_EQ(codec<jsonb>::type, oids::jsonb);
    EXPECT_EQ(binary(json{"[1]"}), "[1]");
    EXPECT_EQ(binary(jsonb{"[1]"}), "\1[1]");
    EXPECT_EQ(read<json>("\1[1]", oids::jsonb), json{"[1]"});
    EXPECT_EQ(read<jsonb>("[1]", oids::json), jsonb{"[1]"});
    EXPECT_EQ(there_and_back(jsonb{"{}"}), jsonb{"{}"});
    EXPECT_EQ(text(jsonb{"[1]"}), "[1]");
    EXPECT_NE(json{"[1]"}, json{"[ 1]"});
    EXPECT_FALSE(codec<json>::reads(oids::text));
    EXPECT_EQ(codec<jsonb>::name(), "dsql::jsonb");
}

TEST(BytesCodec, RoundTrip) {
    const std::vector<std::byte> value = {std::byte(0), std::byte(0xff), std::byte('a')};
    EXPECT_EQ(binary(value), bytes("00ff61"));
    EXPECT_EQ(there_and_back(value), value);
    EXPECT_EQ(there_and_back(std::vector<std::byte>()).size(), 0U);
    EXPECT_EQ(text(value), "\\x00ff61");
    EXPECT_EQ(text(std::vector<std::byte>()), "\\x");
    EXPECT_EQ(codec<std::vector<std::byte>>::type, oids::bytea);
    EXPECT_FALSE(codec<std::vector<std::byte>>::reads(oids::text));
}

TEST(BytesCodec, Spans) {
    std::vector<std::byte> value = {std::byte(1), std::byte(2)};
    EXPECT_EQ(binary(std::span<const std::byte>(value)), bytes("0102"));
    EXPECT_EQ(binary(std::span<std::byte>(value)), bytes("0102"));
    const std::string from = bytes("0304");
    const auto view = read<std::span<const std::byte>>(from);
    EXPECT_EQ(reinterpret_cast<const char*>(view.data()), from.data());
    EXPECT_EQ(view.size(), 2U);
    static_assert(!readable<std::span<std::byte>> && writable<std::span<std::byte>>);
}

TEST(UuidCodec, RoundTrip) {
    const uuid id = uuid::parse("00112233-4455-6677-8899-aabbccddeeff");
    EXPECT_EQ(binary(id), bytes("00112233445566778899aabbccddeeff"));
    EXPECT_EQ(there_and_back(id), id);
    EXPECT_EQ(text(id), "00112233-4455-6677-8899-aabbccddeeff");
    EXPECT_EQ(read_failure<uuid>("abc"), "a value of 3 bytes is none of this type in binary");
    EXPECT_FALSE(codec<uuid>::reads(oids::text));
}

}  // namespace text_test
