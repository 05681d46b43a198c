// SPDX-License-Identifier: Apache-2.0
// Round trips of one-dimensional arrays through PostgreSQL.
#include "integration/round_trip.hpp"

#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace round_trip_array_test {

using namespace std::chrono;
using namespace std::chrono_literals;
using dsql::decimal;

enum class level : short { low = -1, high = 1 };

constexpr const char* elephant = "\xf0\x9f\x90\x98";

class Arrays : public RoundTrip {
protected:
    /// `element` is the SQL type of the elements. `list` is PostgreSQL's text for them, without the
    /// braces.
    template <class E>
    void expect_array(const std::string& element, const std::vector<E>& values,
                      const std::string& list) {
        const std::string sql_type = element + "[]";
        expect_same(sql_type, values, "{" + list + "}");
        expect_same(sql_type, std::vector<E>(), "{}");
        std::vector<std::optional<E>> with_null(values.begin(), values.end());
        with_null.push_back(std::nullopt);
        expect_same(sql_type, with_null, "{" + list + ",NULL}");
        expect_same(sql_type, std::vector<std::optional<E>>(1), "{NULL}");
        expect_same(sql_type, std::vector<std::optional<E>>(), "{}");
        const std::string message = read_failure<std::vector<E>>(sql_type, "{" + list + ",NULL}");
        EXPECT_NE(message.find("element " + std::to_string(with_null.size()) +
                               " is NULL; read the elements as std::optional"),
                  std::string::npos)
            << message;
    }
};

TEST_F(Arrays, OfNumbers) {
    using double_limits = std::numeric_limits<double>;
    expect_array("boolean", std::vector<bool>{true, false}, "t,f");
    expect_array("smallint", std::vector<short>{-32'768, 0, 32'767}, "-32768,0,32767");
    expect_array("smallint", std::vector<unsigned char>{0, 255}, "0,255");
    expect_array("integer", std::vector<int>{-2'147'483'647 - 1, 2'147'483'647},
                 "-2147483648,2147483647");
    expect_array("bigint", std::vector<long>{std::numeric_limits<long>::min(), -1},
                 "-9223372036854775808,-1");
    expect_array("bigint", std::vector<unsigned long>{9'223'372'036'854'775'807UL},
                 "9223372036854775807");
    expect_array("real", std::vector<float>{0.1F, std::numeric_limits<float>::quiet_NaN()},
                 "0.1,NaN");
    expect_array(
        "double precision",
        std::vector<double>{0.1, -0.0, -double_limits::infinity(), double_limits::denorm_min()},
        "0.1,-0,-Infinity,5e-324");
    expect_array("numeric",
                 std::vector<decimal>{decimal::parse("1.50"), decimal(-7), decimal::parse("NaN")},
                 "1.50,-7,NaN");
    expect_array("smallint", std::vector<level>{level::high, level::low}, "1,-1");
}

TEST_F(Arrays, OfTimes) {
    using micros = microseconds;
    expect_array("date", std::vector<sys_days>{2026y / November / 24, sys_days::max()},
                 "2026-11-24,infinity");
    expect_array("date", std::vector<local_days>{local_days(0y / January / 1)},
                 R"("0001-01-01 BC")");
    expect_array("date", std::vector<year_month_day>{10000y / January / 1}, "10000-01-01");
    expect_array("time", std::vector<hh_mm_ss<micros>>{hh_mm_ss(0us), hh_mm_ss<micros>(24h)},
                 "00:00:00,24:00:00");
    expect_array("timetz", std::vector<dsql::time_with_time_zone>{{.time = 1h, .utc_offset = -1h}},
                 "01:00:00-01");
    expect_array("timestamp", std::vector<local_time<micros>>{local_time<micros>(-1us)},
                 R"("1969-12-31 23:59:59.999999")");
    expect_array("timestamptz",
                 std::vector<sys_time<micros>>{sys_time<micros>(0us), sys_time<micros>::min()},
                 R"("1970-01-01 00:00:00+00",-infinity)");
    expect_array("interval", std::vector<dsql::interval>{{.months = 1, .days = -1}},
                 R"("1 mon -1 days")");
    expect_array("interval", std::vector<seconds>{1h, -1s}, "01:00:00,-00:00:01");
}

TEST_F(Arrays, OfBytesAndDocuments) {
    expect_array("bytea", std::vector<std::vector<std::byte>>{{std::byte{0}, std::byte{255}}, {}},
                 R"("\\x00ff","\\x")");
    const dsql::uuid random = dsql::uuid::random();
    expect_array("uuid", std::vector<dsql::uuid>{dsql::uuid(), random},
                 "00000000-0000-0000-0000-000000000000," + random.to_string());
    expect_array("json", std::vector<dsql::json>{{R"({"a":1})"}, {"null"}},
                 R"("{\"a\":1}","null")");
    expect_array("jsonb", std::vector<dsql::jsonb>{{R"({"a": ["\\"]})"}, {"1"}},
                 R"("{\"a\": [\"\\\\\"]}",1)");
}

TEST_F(Arrays, OfText) {
    const std::vector<std::string> texts = {
        "",  "plain", "a b",  "NULL", "null",   "nUlL", "nullx",  "\"", "\\", "{",
        "}", ",",     "it's", "(;)",  elephant, "\t\n", "\v\f\r", " x", "\\N"};
    const std::string list =
        R"("",plain,"a b","NULL","null","nUlL",nullx,"\"","\\","{","}",",",it's,(;),)" +
        std::string(elephant) + ",\"\t\n\",\"\v\f\r\",\" x\"," + R"("\\N")";
    expect_array("text", texts, list);
    expect_array("varchar", texts, list);
    expect_array("bpchar", std::vector<std::string>{"a", elephant}, "a," + std::string(elephant));
    expect_array("name", std::vector<std::string>{"a", "b c"}, R"(a,"b c")");
    expect_sent("text[]", std::vector<std::string_view>(texts.begin(), texts.end()),
                "{" + list + "}");
    expect_read("uuid[]", "{00000000-0000-0000-0000-000000000000}",
                std::vector<std::string>{dsql::uuid().to_string()});
    expect_read("numeric[]", "{1.50}", std::vector<std::string>{"1.50"});
}

TEST_F(Arrays, InOtherContainers) {
    const std::vector<int> numbers = {1, -2};
    expect_sent("integer[]", std::span<const int>(numbers), "{1,-2}");
    const std::vector<std::optional<std::string>> texts = {std::nullopt, "NULL"};
    expect_sent("text[]", std::span<const std::optional<std::string>>(texts), R"({NULL,"NULL"})");
    expect_sent("integer[]", std::span<const int>(), "{}");
}

TEST_F(Arrays, OfManyElements) {
    constexpr int count = 10'000;
    std::vector<int> numbers;
    std::vector<std::string> texts;
    std::vector<bool> flags;
    std::string list;
    for (int i = 0; i < count; ++i) {
        numbers.push_back(i);
        texts.push_back(std::to_string(i));
        flags.push_back(i % 3 == 0);
        list += (i == 0 ? "{" : ",") + std::to_string(i);
    }
    list += "}";
    expect_same("integer[]", numbers, list);
    expect_same("text[]", texts, list);
    EXPECT_EQ(session_.query_value<std::vector<bool>>("SELECT $1::boolean[]", flags), flags);
    EXPECT_EQ(session_.query_value<long>("SELECT sum(n) FROM unnest($1::int[]) n", numbers),
              49'995'000);
    EXPECT_EQ(session_.query_value<int>("SELECT count(*)::int FROM generate_series(1, 3) n "
                                        "WHERE n = ANY($1)",
                                        std::span<const int>(numbers)),
              3);
}

TEST_F(Arrays, OfLongText) {
    const std::string mebibyte(1'048'576, '"');
    std::string shown = "{\"";
    for (std::size_t i = 0; i < mebibyte.size(); ++i) {
        shown += "\\\"";
    }
    shown += "\"}";
    expect_same("text[]", std::vector<std::string>{mebibyte}, shown);
}

TEST_F(Arrays, OfOtherShapes) {
    expect_read("integer[]", "[5:6]={1,2}", std::vector<int>{1, 2});
    expect_read("integer[]", "[-2147483648:-2147483647]={1,2}", std::vector<int>{1, 2});
    const std::string message = read_failure<std::vector<int>>("integer[]", "{{1},{2}}");
    EXPECT_NE(message.find("the array has 2 dimensions; only one can be read"), std::string::npos)
        << message;
    expect_not_read<std::vector<std::optional<int>>>("integer[]", "{{{NULL}}}");
}

TEST_F(Arrays, OfElementsThatDoNotFit) {
    EXPECT_EQ(read_failure<std::vector<short>>("integer[]", "{1,40000}"),
              "column \"it\" (integer[]) as std::vector<short>: element 2: the value 40000 does "
              "not fit");
    expect_read("bigint[]", "{1,-1}", std::vector<short>{1, -1});
    expect_not_read<std::vector<int>>("text[]", "{1}");
    expect_not_read<std::vector<int>>("integer", "1");
    expect_not_read<int>("integer[]", "{1}");
    EXPECT_THROW(session_.execute("SELECT $1", std::vector<unsigned long long>{1, 1ULL << 63U}),
                 dsql::conversion_error);
}

TEST_F(Arrays, ThatAreNull) {
    expect_null<std::vector<bool>>("boolean[]", "boolean[]");
    expect_null<std::vector<int>>("integer[]", "integer[]");
    expect_null<std::vector<std::optional<int>>>("integer[]", "integer[]");
    expect_null<std::vector<std::string>>("text[]", "text[]");
    expect_null<std::vector<decimal>>("numeric[]", "numeric[]");
    expect_null<std::vector<sys_days>>("date[]", "date[]");
}

}  // namespace round_trip_array_test
