// SPDX-License-Identifier: Apache-2.0
// Round trips of text, bytes, uuid, JSON and enumerations through PostgreSQL, with their limits.
#include "integration/round_trip.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace round_trip_text_test {

enum class mood { sad, happy, surprised };
enum class level : short { low = -1, high = 1 };
enum class size : unsigned char { largest = 255 };
enum class flag : bool { off, on };

}  // namespace round_trip_text_test

template <>
inline constexpr auto dsql::enum_labels<round_trip_text_test::mood> =
    std::to_array<std::pair<round_trip_text_test::mood, std::string_view>>(
        {{round_trip_text_test::mood::sad, "sad"},
         {round_trip_text_test::mood::happy, "very happy"},
         {round_trip_text_test::mood::surprised, "\"it's\" \xf0\x9f\x90\x98"}});

namespace round_trip_text_test {

constexpr std::size_t mebibyte = 1'048'576;
constexpr const char* elephant = "\xf0\x9f\x90\x98";  // four bytes of UTF-8

std::string repeated(std::string_view what, std::size_t times) {
    std::string all;
    all.reserve(what.size() * times);
    for (std::size_t i = 0; i < times; ++i) {
        all += what;
    }
    return all;
}

// All characters that have one byte in UTF-8, except zero.
std::string ascii() {
    std::string all;
    for (char c = 1; c < 127; ++c) {
        all += c;
    }
    return all + '\x7f';
}

std::vector<std::byte> bytes_of(std::string_view text) {
    std::vector<std::byte> bytes;
    for (const char c : text) {
        bytes.push_back(static_cast<std::byte>(c));
    }
    return bytes;
}

// The text of a bytea in PostgreSQL.
std::string hexadecimal(const std::vector<std::byte>& bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "\\x";
    for (const std::byte byte : bytes) {
        text += digits[std::to_integer<std::size_t>(byte) / 16];
        text += digits[std::to_integer<std::size_t>(byte) % 16];
    }
    return text;
}

TEST_F(RoundTrip, Text) {
    for (const std::string& text :
         {std::string(), std::string(" "), std::string("it's \"quoted\" \\ $1 \\x41 \\N"), ascii(),
          std::string("\xc2\x80 \xc3\xa9 e\xcc\x81 \xef\xbf\xbd \xf4\x8f\xbf\xbf"),
          std::string(elephant), std::string(mebibyte, 'x'), repeated(elephant, mebibyte / 4)}) {
        expect_same("text", text, text);
        expect_same("varchar", text, text);
        expect_sent("text", std::string_view(text), text);
        expect_sent("varchar", std::string_view(text), text);
    }
    expect_null<std::string>("text", "text");
    expect_null<std::string>("varchar", "character varying");
}

TEST_F(RoundTrip, OtherTypesThatAreText) {
    expect_same<std::string>("bpchar", "ab", "ab");
    expect_same<std::string>("bpchar", elephant, elephant);
    // PostgreSQL drops the trailing blanks in the cast to text.
    expect_sent<std::string>("bpchar", "ab  ", "ab");
    expect_read<std::string>("character(4)", "ab", "ab  ");
    expect_same<std::string>("name", "", "");
    const std::string longest(63, 'n');
    expect_same("name", longest, longest);
    expect_same<std::string>("xml", "<a/>", "<a/>");
    expect_read<std::string>("\"char\"", "a", "a");
    expect_null<std::string>("bpchar", "character");
    expect_null<std::string>("name", "name");
}

TEST_F(RoundTrip, TextWithAZeroByteIsAnError) {
    const std::string text("a\0b", 3);
    expect_not_sent("text", text);
    expect_not_sent("text", std::string_view(text));
    expect_not_sent("json", dsql::json{text});
}

TEST_F(RoundTrip, ViewsAreValidAsLongAsTheirRows) {
    const dsql::rows<std::string_view, std::span<const std::byte>> rows =
        session_.query<std::string_view, std::span<const std::byte>>(
            "SELECT repeat('ab', 1000), decode('00ff', 'hex')");
    const auto [text, bytes] = rows[0];
    EXPECT_EQ(text.size(), 2000U);
    ASSERT_EQ(bytes.size(), 2U);
    EXPECT_EQ(bytes[1], std::byte{255});
}

TEST_F(RoundTrip, Bytes) {
    std::vector<std::byte> all;
    for (int i = 0; i < 256; ++i) {
        all.push_back(static_cast<std::byte>(i));
    }
    std::vector<std::byte> large(mebibyte, std::byte{0});
    large.back() = std::byte{255};
    for (std::vector<std::byte>& bytes :
         std::array{std::vector<std::byte>(), std::vector(1, std::byte{0}), all, large,
                    bytes_of("\\x41"), bytes_of("\\000")}) {
        const std::string text = hexadecimal(bytes);
        expect_same("bytea", bytes, text);
        expect_sent("bytea", std::span<const std::byte>(bytes), text);
        expect_sent("bytea", std::span<std::byte>(bytes), text);
    }
    expect_null<std::vector<std::byte>>("bytea", "bytea");
}

TEST_F(RoundTrip, Uuids) {
    for (const char* const text :
         {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}) {
        expect_same("uuid", dsql::uuid::parse(text), text);
        expect_read<std::string>("uuid", text, text);
    }
    const dsql::uuid random = dsql::uuid::random();
    expect_same("uuid", random, random.to_string());
    expect_null<dsql::uuid>("uuid", "uuid");
    expect_null<std::string>("uuid", "uuid");
}

TEST_F(RoundTrip, Json) {
    const std::string deep = repeated("[", 1'000) + repeated("]", 1'000);
    for (const std::string& text :
         {std::string(R"({"b": [1, null, "\u00e9 é 🐘"], "a": {"x": 1.50}})"), std::string("null"),
          std::string(R"("it's \"quoted\" \\")"), std::string(" 1e2 "), deep}) {
        expect_same("json", dsql::json{text}, text);
        expect_read("json", text, text);
        expect_read("json", text, dsql::jsonb{text});
    }
    expect_null<dsql::json>("json", "json");
}

TEST_F(RoundTrip, JsonInBinary) {
    const std::string deep = repeated("[", 1'000) + repeated("]", 1'000);
    for (const std::string& text :
         {std::string(R"({"a": {"x": 1.50}, "b": [1, null, "é é 🐘"]})"), std::string("null"),
          std::string(R"("it's \"quoted\" \\")"), std::string("{}"), std::string("100"), deep}) {
        expect_same("jsonb", dsql::jsonb{text}, text);
        expect_read("jsonb", text, text);
        expect_read("jsonb", text, dsql::json{text});
    }
    expect_sent("jsonb", dsql::jsonb{R"({"b":1e2,"a":"\u00e9","b":2})"}, R"({"a": "é", "b": 2})");
    expect_null<dsql::jsonb>("jsonb", "jsonb");
}

TEST_F(RoundTrip, EnumsByNumber) {
    expect_same("smallint", level::low, "-1");
    expect_same("smallint", level::high, "1");
    expect_same("smallint", size::largest, "255");
    expect_same("boolean", flag::on, "true");
    expect_read("bigint", "-1", level::low);
    expect_not_read<level>("integer", "32768");
    expect_not_read<size>("smallint", "256");
    expect_null<level>("smallint", "smallint");
}

TEST_F(RoundTrip, EnumsByLabel) {
    session_.execute(
        "CREATE TYPE pg_temp.mood AS ENUM "
        "('sad', 'very happy', '\"it''s\" \xf0\x9f\x90\x98', 'bored')");
    for (const std::string& sql_type : {std::string("pg_temp.mood"), std::string("text"),
                                        std::string("varchar"), std::string("name")}) {
        for (const auto& [value, label] : dsql::enum_labels<mood>) {
            expect_same(sql_type, value, std::string(label));
        }
        expect_not_read<mood>(sql_type, "bored");
        expect_not_sent(sql_type, static_cast<mood>(7));
    }
    const std::string oid =
        session_.query_value<std::string>("SELECT ('pg_temp.mood'::regtype::oid)::text");
    expect_null<mood>("pg_temp.mood", "type with OID " + oid);
}

TEST_F(RoundTrip, WrongTypesAreNamed) {
    const std::string why =
        ": that SQL type is not read as this C++ type; cast it in the statement";
    EXPECT_EQ(read_failure<int>("text", "x"), "column \"it\" (text) as int" + why);
    EXPECT_EQ(read_failure<double>("bigint", "1"), "column \"it\" (bigint) as double" + why);
    EXPECT_EQ(read_failure<std::string>("timestamptz", "now"),
              "column \"it\" (timestamp with time zone) as std::string" + why);
    EXPECT_EQ(read_failure<dsql::uuid>("text", "x"), "column \"it\" (text) as dsql::uuid" + why);
    EXPECT_EQ(read_failure<std::vector<std::byte>>("text", "x"),
              "column \"it\" (text) as std::vector<std::byte>" + why);
}

}  // namespace round_trip_text_test
