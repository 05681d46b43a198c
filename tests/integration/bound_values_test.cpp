// SPDX-License-Identifier: Apache-2.0
// Values that are bound to statements: they are converted to the parameter types of a prepared
// statement, and their number may be known only at run time.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace bound_values_test {

using dsql::conversion_error;
using dsql::parameters;

class BoundValues : public testing::Test {
protected:
    // Binds a value to a prepared statement's parameter of a type, and returns the server's text
    // for it.
    template <class T>
    std::string as(const std::string& type, const T& value) {
        return session_.query_value<std::string>(
            session_.prepare("SELECT ($1::" + type + ")::text"), value);
    }
    std::string error_text(const dsql::statement& prepared, const parameters& values) {
        return thrown_message<conversion_error>([&] { return session_.execute(prepared, values); });
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(BoundValues, AreConvertedForAPreparedStatement) {
    for (const std::string type : {"smallint", "int", "bigint", "numeric", "text", "float8"}) {
        EXPECT_EQ(as(type, -7), "-7") << type;
        EXPECT_EQ(as(type, std::int64_t{300}), "300") << type;
        EXPECT_EQ(as(type, "12"), "12") << type;
    }
    EXPECT_EQ(as("text", 2.5), "2.5");
    EXPECT_EQ(as("boolean", true), "true");
    EXPECT_EQ(as("timestamptz", "infinity"), "infinity");
}

TEST_F(BoundValues, ThatDoNotFitAreNotSent) {
    EXPECT_EQ(thrown_message<conversion_error>([&] { return as("smallint", 70'000); }),
              "parameter $1 (int): the value 70000 does not fit");
    EXPECT_EQ(thrown_message<conversion_error>([&] { return as("int", std::uint64_t{1} << 63U); }),
              "parameter $1 (unsigned long): the value 9223372036854775808 does not fit");
    EXPECT_TRUE(session_.is_idle());
}

TEST_F(BoundValues, MayBeNull) {
    const dsql::statement prepared =
        session_.prepare("SELECT $1::int IS NULL AND $2::text IS NULL");
    EXPECT_TRUE(session_.query_value<bool>(prepared, nullptr, std::nullopt));
    EXPECT_TRUE(
        session_.query_value<bool>(prepared, std::optional<long>(), std::optional<std::string>()));
    EXPECT_TRUE(session_.query_value<bool>(prepared, parameters(std::optional<int>(), nullptr)));
    EXPECT_FALSE(session_.query_value<bool>(prepared, std::optional<int>(0), nullptr));
}

TEST_F(BoundValues, DynamicListsMixTextNumbersNullsAndBytes) {
    const std::vector<std::byte> bytes = {std::byte{0}, std::byte{255}, std::byte{0}};
    parameters values;
    {
        std::string gone = "text";
        values.add(gone);
        gone.assign(100, '?');
    }
    values.add(7);
    values.add(nullptr);
    values.add(bytes);
    values.add("");
    ASSERT_EQ(values.size(), 5U);
    const auto [text, number, nothing, raw, empty] =
        session_
            .query_one<std::string, int, std::optional<int>, std::vector<std::byte>, std::string>(
                "SELECT $1::text, $2, $3::int, $4, $5::text", values);
    EXPECT_EQ(text, "text");
    EXPECT_EQ(number, 7);
    EXPECT_EQ(nothing, std::nullopt);
    EXPECT_EQ(raw, bytes);
    EXPECT_EQ(empty, "");
}

TEST_F(BoundValues, DynamicListsAreConvertedForAPreparedStatement) {
    const dsql::statement prepared = session_.prepare("SELECT $1::bigint");
    EXPECT_EQ(session_.query_value<long>(prepared, parameters(std::int64_t{7})), 7);
    EXPECT_EQ(session_.query_value<long>(prepared, parameters("7")), 7);
    EXPECT_EQ(session_.query_value<long>(prepared, parameters(7)), 7);
    EXPECT_EQ(
        error_text(prepared, parameters(true)),
        "parameter $1 (boolean): a value of the type boolean is not sent where bigint stands; "
        "use std::int64_t");
    EXPECT_NE(error_text(prepared, parameters()).find("takes 1 value, and 0 were given"),
              std::string::npos);
    EXPECT_NE(error_text(prepared, parameters(1, 2)).find("takes 1 value, and 2 were given"),
              std::string::npos);
}

TEST_F(BoundValues, CanBeAsManyAsTheProtocolAllows) {
    parameters values;
    std::string sql = "SELECT count(*) FROM (VALUES ($1)";
    values.add(1);
    for (int i = 2; i <= 65'535; ++i) {
        values.add(i);
        sql += ", ($" + std::to_string(i) + ")";
    }
    sql += ") AS all_of_them";
    EXPECT_EQ(session_.query_value<long>(sql, values), 65'535);
}

TEST_F(BoundValues, TextWithAZeroByteIsAnError) {
    const std::string text("a\0b", 3);
    const std::string expected =
        "parameter $2 (std::string): a zero byte at position 1; PostgreSQL's text types cannot "
        "hold one";
    EXPECT_EQ(thrown_message<conversion_error>(
                  [&] { return session_.execute("SELECT $1, $2", "x", text); }),
              expected);
    parameters values("x");
    EXPECT_EQ(thrown_message<conversion_error>([&] {
                  values.add(text);
                  return 0;
              }),
              expected);
    EXPECT_EQ(values.size(), 1U) << "it was not added";
}

}  // namespace bound_values_test
