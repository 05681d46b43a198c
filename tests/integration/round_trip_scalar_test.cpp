// SPDX-License-Identifier: Apache-2.0
// Numbers, text, bytes, uuid, numeric, JSON and enums through PostgreSQL, at their edges.
#include "integration/round_trip.hpp"
#include "support/thrown_message.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace {

using dsql::decimal;

enum class mood { sad, happy };
enum class level : short { low = -1, high = 1 };

}  // namespace

template <>
inline constexpr std::array<std::pair<mood, std::string_view>, 2> dsql::enum_labels<mood> = {
    {{mood::sad, "sad"}, {mood::happy, "very happy"}}};

namespace {

template <class T>
std::string text_of_minimum() {
    return std::to_string(std::numeric_limits<T>::min());
}
template <class T>
std::string text_of_maximum() {
    return std::to_string(std::numeric_limits<T>::max());
}

TEST_F(RoundTrip, Booleans) {
    expect_same("boolean", true, "true");
    expect_same("boolean", false, "false");
    expect_null<bool>("boolean", "boolean");
}

TEST_F(RoundTrip, Integers) {
    const auto edges = [this]<class T>(const std::string& sql_type, T) {
        expect_same<T>(sql_type, std::numeric_limits<T>::min(), text_of_minimum<T>());
        expect_same<T>(sql_type, std::numeric_limits<T>::max(), text_of_maximum<T>());
        expect_same<T>(sql_type, T{0}, "0");
    };
    edges("smallint", short{});
    edges("integer", int{});
    edges("bigint", long{});
    edges("bigint", 0LL);
    edges("integer", static_cast<unsigned short>(0));
    edges("bigint", 0U);
    expect_same("bigint", -1L, "-1");
    expect_same("bigint", 9'223'372'036'854'775'807ULL, "9223372036854775807");
    expect_null<short>("smallint", "smallint");
    expect_null<int>("integer", "integer");
    expect_null<long>("bigint", "bigint");
}

TEST_F(RoundTrip, FloatingPoint) {
    using limits = std::numeric_limits<double>;
    expect_same("double precision", limits::max(), "1.7976931348623157e+308");
    expect_same("double precision", limits::lowest(), "-1.7976931348623157e+308");
    expect_same("double precision", limits::min(), "2.2250738585072014e-308");
    expect_same("double precision", limits::denorm_min(), "5e-324");
    expect_same("double precision", 0.1, "0.1");
    expect_same("double precision", -0.0, "-0");
    expect_same("double precision", limits::quiet_NaN(), "NaN");
    expect_same("double precision", limits::infinity(), "Infinity");
    expect_same("double precision", -limits::infinity(), "-Infinity");
    using single = std::numeric_limits<float>;
    expect_same("real", single::max(), "3.4028235e+38");
    expect_same("real", single::min(), "1.1754944e-38");
    expect_same("real", single::denorm_min(), "1e-45");
    expect_same("real", 0.1F, "0.1");
    expect_same("real", single::quiet_NaN(), "NaN");
    expect_same("real", -single::infinity(), "-Infinity");
    expect_null<double>("double precision", "double precision");
    expect_null<float>("real", "real");
    EXPECT_EQ(session_.query_value<double>("SELECT 0.1::real"), static_cast<double>(0.1F));
}

TEST_F(RoundTrip, Text) {
    const std::string mebibyte(1'048'576, 'x');
    for (const std::string& text :
         {std::string(), std::string("it's \"quoted\" \\ $1"),
          std::string("\xf0\x9f\x90\x98 \xc3\xa9"), std::string("line\nbreak\ttab"), mebibyte}) {
        expect_same<std::string>("text", text, text);
        expect_same<std::string>("varchar", text, text);
    }
    expect_same<std::string>("name", "short name", "short name");
    expect_same<std::string>("xml", "<a/>", "<a/>");
    EXPECT_EQ(session_.query_value<std::string>("SELECT 'ab'::char(4)"), "ab  ");
    EXPECT_EQ(session_.query_value<std::string>("SELECT 'a'::\"char\""), "a");
    expect_null<std::string>("text", "text");
}

TEST_F(RoundTrip, ViewsLastAsLongAsTheirRows) {
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
    std::string hex = "\\x";
    for (int i = 0; i < 256; ++i) {
        all.push_back(static_cast<std::byte>(i));
        const char* const digits = "0123456789abcdef";
        hex += digits[i / 16];
        hex += digits[i % 16];
    }
    expect_same("bytea", all, hex);
    expect_same("bytea", std::vector<std::byte>(), "\\x");
    const std::vector<std::byte> mebibyte(1'048'576, std::byte{0});
    EXPECT_EQ(session_.query_value<std::vector<std::byte>>("SELECT $1::bytea", mebibyte), mebibyte);
    expect_null<std::vector<std::byte>>("bytea", "bytea");
}

TEST_F(RoundTrip, Uuids) {
    for (const char* const text :
         {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
          "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"}) {
        expect_same("uuid", dsql::uuid::parse(text), text);
    }
    const dsql::uuid random = dsql::uuid::random();
    expect_same("uuid", random, random.to_string());
    EXPECT_EQ(session_.query_value<std::string>("SELECT $1::uuid", random), random.to_string());
    expect_null<dsql::uuid>("uuid", "uuid");
}

TEST_F(RoundTrip, Numerics) {
    const std::string largest(131'072, '9');
    const std::string finest = "0." + std::string(16'382, '0') + "7";
    for (const std::string& text :
         {std::string("0"), std::string("0.00"), std::string("1.50"), std::string("-1.50"),
          std::string("10000"), std::string("0.0001"),
          std::string("12345678901234567890.123456789"), std::string("NaN"),
          std::string("Infinity"), std::string("-Infinity"), largest, "-" + largest, finest}) {
        expect_same("numeric", decimal::parse(text), text);
        EXPECT_EQ(session_.query_value<std::string>("SELECT $1::numeric", text), text);
    }
    expect_null<decimal>("numeric", "numeric");
}

TEST_F(RoundTrip, Json) {
    const std::string text = R"({"b": [1, null, "\u00e9 é 🐘"], "a": {"x": 1.50}})";
    expect_sent("json", dsql::json{text}, text);
    EXPECT_EQ(session_.query_value<dsql::json>("SELECT $1::json", text).text, text);
    EXPECT_EQ(session_.query_value<std::string>("SELECT $1::json", dsql::json{text}), text);
    const std::string normal = R"({"a": {"x": 1.50}, "b": [1, null, "é é 🐘"]})";
    expect_sent("jsonb", dsql::jsonb{text}, normal);
    EXPECT_EQ(session_.query_value<dsql::jsonb>("SELECT $1::jsonb", text).text, normal);
    EXPECT_EQ(session_.query_value<std::string>("SELECT $1::jsonb", dsql::jsonb{text}), normal);
    expect_null<dsql::json>("json", "json");
    expect_null<dsql::jsonb>("jsonb", "jsonb");
}

TEST_F(RoundTrip, Enums) {
    expect_same("smallint", level::low, "-1");
    expect_same("smallint", level::high, "1");
    expect_same("text", mood::happy, "very happy");
    session_.execute("CREATE TYPE pg_temp.mood AS ENUM ('sad', 'very happy', 'unknown')");
    expect_same("pg_temp.mood", mood::sad, "sad");
    expect_same("pg_temp.mood", mood::happy, "very happy");
    const std::string message = thrown_message<dsql::conversion_error>(
        [&] { return session_.query_value<mood>("SELECT 'unknown'::pg_temp.mood AS m"); });
    EXPECT_NE(message.find("\"sad\""), std::string::npos) << message;
}

TEST_F(RoundTrip, WrongTypesAndOverflowsAreNamed) {
    const auto message = [this]<class T>(const std::string& sql, T) {
        return thrown_message<dsql::conversion_error>([&] { return session_.query_value<T>(sql); });
    };
    EXPECT_EQ(message("SELECT 40000 AS n", short{}),
              "column \"n\" (integer) as short: the value 40000 does not fit");
    EXPECT_EQ(message("SELECT -1 AS n", 0U),
              "column \"n\" (integer) as unsigned int: the value -1 does not fit");
    EXPECT_EQ(message("SELECT 'x'::text AS n", 0),
              "column \"n\" (text) as int: a value of that SQL type is no such value");
    EXPECT_EQ(message("SELECT 1::bigint AS n", 0.0),
              "column \"n\" (bigint) as double: a value of that SQL type is no such value");
    EXPECT_EQ(message("SELECT now() AS n", std::string()),
              "column \"n\" (timestamp with time zone) as std::string: a value of that SQL type is "
              "no such value");
    EXPECT_THROW(session_.execute("SELECT $1", 18'446'744'073'709'551'615ULL),
                 dsql::conversion_error);
}

}  // namespace
