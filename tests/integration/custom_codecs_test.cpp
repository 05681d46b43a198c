// SPDX-License-Identifier: Apache-2.0
// A custom codec takes precedence over conversions of its type. A type that can be read can also be
// read as an element of an array.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace custom_codecs_test {

// Converts to a span of bytes; its codec stores a number.
struct counter {
    std::array<std::byte, 2> raw;
    operator std::span<const std::byte>() const { return raw; }
};
// Converts to text; its codec stores a number.
struct grade {
    std::string letter;
    operator std::string_view() const { return letter; }
};
// Converts to text and has no codec.
struct title {
    std::string words;
    operator std::string_view() const { return words; }
};

}  // namespace custom_codecs_test

template <>
struct dsql::codec<custom_codecs_test::counter>
    : dsql::codec_through<custom_codecs_test::counter, short> {
    static short to_base(const custom_codecs_test::counter& value) {
        return static_cast<short>(value.raw[1]);
    }
    static custom_codecs_test::counter from_base(short number) {
        return {{std::byte{0}, static_cast<std::byte>(number)}};
    }
};
template <>
struct dsql::codec<custom_codecs_test::grade>
    : dsql::codec_through<custom_codecs_test::grade, int> {
    static int to_base(const custom_codecs_test::grade& value) {
        return value.letter == "A" ? 1 : 2;
    }
    static custom_codecs_test::grade from_base(int number) { return {number == 1 ? "A" : "B"}; }
};

namespace custom_codecs_test {

class CustomCodecs : public testing::Test {
protected:
    template <class T>
    std::string stored(const std::string& type, const T& value) {
        const std::string table = "own_" + std::to_string(++tables_);
        session_.execute("CREATE TEMP TABLE " + table + " (it " + type + ")");
        const std::string insert = "INSERT INTO " + table + " VALUES ($1)";
        session_.execute(insert, value);
        session_.execute(session_.prepare(insert), value);
        session_.execute(insert, dsql::parameters(value));
        for (const dsql::copy_format format :
             {dsql::copy_format::text, dsql::copy_format::binary}) {
            dsql::copy_writer copy = session_.copy_in({.table = table, .format = format});
            copy.row(value);
            EXPECT_EQ(copy.finish(), 1);
        }
        return session_.query_value<std::string>(
            "SELECT string_agg(DISTINCT it::text, ' ') || ' ' || count(*) FROM " + table);
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
    int tables_ = 0;
};

TEST_F(CustomCodecs, TakePrecedenceOverConversions) {
    EXPECT_EQ(stored("smallint", counter{{std::byte{0}, std::byte{7}}}), "7 5");
    EXPECT_EQ(stored("bigint", grade{"A"}), "1 5");
    EXPECT_EQ(stored("integer[]", std::vector<grade>{{"A"}, {"B"}}), "{1,2} 5");
    EXPECT_EQ(stored("text", title{"Rain"}), "Rain 5");
    EXPECT_EQ(stored("bytea", std::array<std::byte, 1>{std::byte{'x'}}), "\\x78 5");
    EXPECT_EQ(session_.query_value<grade>("SELECT 1").letter, "A");
}

TEST_F(CustomCodecs, ReadableTypesAreReadableInArrays) {
    using numbers = std::vector<std::uint32_t>;
    using texts = std::vector<std::string>;
    EXPECT_EQ(session_.query_value<numbers>("SELECT '{1,4294967295}'::oid[]"),
              (numbers{1, 4'294'967'295}));
    EXPECT_EQ(session_.query_value<texts>("SELECT ARRAY['<a/>']::xml[]"), texts{"<a/>"});
    EXPECT_EQ(session_.query_value<texts>("SELECT '{a,b}'::\"char\"[]"), (texts{"a", "b"}));
    EXPECT_EQ(session_.query_value<texts>("SELECT '{1.50}'::numeric[]"), texts{"1.50"});
    EXPECT_EQ(session_.query_all<bool>("SELECT n = 1 FROM generate_series(1, 2) n ORDER BY n"),
              (std::vector<bool>{true, false}));
    EXPECT_EQ(session_.query_all<std::optional<bool>>("SELECT NULL::boolean"),
              std::vector<std::optional<bool>>{std::nullopt});
}

TEST_F(CustomCodecs, AggregatesOfIntegersAreDoubles) {
    const std::string of = " FROM (VALUES (1), (2), (2)) AS v (n)";
    EXPECT_EQ(session_.query_value<double>("SELECT sum(n::bigint)" + of), 5);
    EXPECT_EQ(session_.query_value<double>("SELECT avg(n)" + of), 5.0 / 3);
    EXPECT_EQ(session_.query_value<float>("SELECT avg(n)" + of), 5.0F / 3);
    EXPECT_EQ(session_.query_value<std::optional<double>>("SELECT avg(n)" + of + " WHERE n > 9"),
              std::nullopt);
    EXPECT_EQ(session_.query_value<std::vector<double>>("SELECT array_agg(n::numeric / 2)" + of),
              (std::vector<double>{0.5, 1, 1}));
    EXPECT_TRUE(std::isnan(session_.query_value<double>("SELECT 'NaN'::numeric")));
    EXPECT_TRUE(std::isinf(session_.query_value<float>("SELECT '-Infinity'::numeric")));
    EXPECT_EQ(session_.query_value<double>("SELECT 1e-400::numeric"), 0);
    for (const char* const beyond : {"SELECT 1e400::numeric", "SELECT -1e400::numeric"}) {
        EXPECT_NE(thrown_message<dsql::conversion_error>([&] {
                      return session_.query_value<double>(beyond);
                  }).find("read it as dsql::decimal"),
                  std::string::npos);
    }
    EXPECT_THROW(static_cast<void>(session_.query_value<float>("SELECT 1e39::numeric")),
                 dsql::conversion_error);
}

TEST_F(CustomCodecs, AnErrorTruncatesTheValue) {
    const std::string digits(20'000, '7');
    const auto size_of = [](const auto& action) {
        return thrown_message<dsql::conversion_error>(action).size();
    };
    EXPECT_LT(size_of([&] { return dsql::decimal::parse(digits + ".5").to_int64(); }), 300U);
    EXPECT_LT(size_of([&] { return dsql::decimal::parse(digits + "x"); }), 300U);
    EXPECT_LT(size_of([&] { return dsql::uuid::parse(digits); }), 300U);
    session_.execute("CREATE TEMP TABLE bounded (n integer)");
    EXPECT_LT(size_of([&] {
                  return session_.execute("INSERT INTO bounded VALUES ($1)",
                                          dsql::decimal::parse(digits));
              }),
              600U);
}

}  // namespace custom_codecs_test
