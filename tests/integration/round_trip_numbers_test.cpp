// SPDX-License-Identifier: Apache-2.0
// Round trips of booleans and numbers through PostgreSQL, with their limits.
#include "integration/round_trip.hpp"

#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace round_trip_numbers_test {

using dsql::decimal;

TEST_F(RoundTrip, Booleans) {
    expect_same("boolean", true, "true");
    expect_same("boolean", false, "false");
    expect_null<bool>("boolean", "boolean");
}

class Integers : public RoundTrip {
protected:
    /// Expects that every value of T fits `sql_type`.
    template <class T>
    void expect_edges(const std::string& sql_type) {
        using limits = std::numeric_limits<T>;
        expect_same<T>(sql_type, limits::min(), std::to_string(limits::min()));
        expect_same<T>(sql_type, limits::max(), std::to_string(limits::max()));
        expect_same<T>(sql_type, T{0}, "0");
        expect_same<T>(sql_type, T{1}, "1");
        if constexpr (std::is_signed_v<T>) {
            expect_same<T>(sql_type, T{-1}, "-1");
        }
        expect_null<T>(sql_type, sql_type);
    }
    /// T is narrower than `bigint`.
    template <class T>
    void expect_nothing_beyond() {
        const long long least = std::numeric_limits<T>::min();
        const long long most = std::numeric_limits<T>::max();
        expect_read<T>("bigint", std::to_string(least), static_cast<T>(least));
        expect_read<T>("bigint", std::to_string(most), static_cast<T>(most));
        for (const long long value : {least - 1, most + 1}) {
            const std::string text = std::to_string(value);
            EXPECT_EQ(read_failure<T>("bigint", text), "column \"it\" (bigint) as " +
                                                           dsql::codec<T>::name() + ": the value " +
                                                           text + " does not fit");
        }
    }
};

TEST_F(Integers, OfEachSize) {
    expect_edges<signed char>("smallint");
    expect_edges<unsigned char>("smallint");
    expect_edges<short>("smallint");
    expect_edges<unsigned short>("integer");
    expect_edges<int>("integer");
    expect_edges<unsigned int>("bigint");
    expect_edges<long>("bigint");
    expect_edges<long long>("bigint");
}

TEST_F(Integers, Unsigned64BitUpToTheMaximumOfBigint) {
    const auto edges = [this]<class T>(T most) {
        expect_same<T>("bigint", T{0}, "0");
        expect_same<T>("bigint", most, "9223372036854775807");
        expect_not_read<T>("bigint", "-1");
        expect_not_read<T>("bigint", "-9223372036854775808");
        for (const T beyond : {most + 1, std::numeric_limits<T>::max()}) {
            EXPECT_THROW(session_.execute("SELECT $1", beyond), dsql::conversion_error);
        }
        expect_null<T>("bigint", "bigint");
    };
    edges(9'223'372'036'854'775'807UL);
    edges(9'223'372'036'854'775'807ULL);
}

TEST_F(Integers, OfAnotherSizeIfTheyFit) {
    expect_nothing_beyond<signed char>();
    expect_nothing_beyond<unsigned char>();
    expect_nothing_beyond<short>();
    expect_nothing_beyond<unsigned short>();
    expect_nothing_beyond<int>();
    expect_nothing_beyond<unsigned int>();
    expect_read<long>("smallint", "-32768", -32'768L);
    expect_read<long long>("integer", "-2147483648", -2'147'483'648LL);
    expect_read<unsigned long>("smallint", "32767", 32'767UL);
    expect_not_read<unsigned short>("smallint", "-1");
    expect_not_read<unsigned int>("integer", "-1");
}

TEST_F(Integers, ReadObjectIdentifiers) {
    expect_read<unsigned int>("oid", "4294967295", 4'294'967'295U);
    expect_read<long>("oid", "4294967295", 4'294'967'295L);
    expect_read<unsigned long>("oid", "0", 0UL);
    expect_not_read<int>("oid", "1");
}

TEST_F(RoundTrip, Doubles) {
    using limits = std::numeric_limits<double>;
    const std::vector<std::pair<double, std::string>> cases = {
        {limits::max(), "1.7976931348623157e+308"},
        {limits::lowest(), "-1.7976931348623157e+308"},
        {limits::min(), "2.2250738585072014e-308"},
        {-limits::min(), "-2.2250738585072014e-308"},
        {limits::denorm_min(), "5e-324"},
        {-limits::denorm_min(), "-5e-324"},
        {0.0, "0"},
        {-0.0, "-0"},
        {0.1, "0.1"},
        {1e15, "1e+15"},
        {9'007'199'254'740'991.0, "9.007199254740991e+15"},
        {limits::quiet_NaN(), "NaN"},
        {limits::infinity(), "Infinity"},
        {-limits::infinity(), "-Infinity"}};
    for (const auto& [value, text] : cases) {
        expect_same("double precision", value, text);
    }
    expect_null<double>("double precision", "double precision");
}

TEST_F(RoundTrip, Floats) {
    using limits = std::numeric_limits<float>;
    const std::vector<std::pair<float, std::string>> cases = {{limits::max(), "3.4028235e+38"},
                                                              {limits::lowest(), "-3.4028235e+38"},
                                                              {limits::min(), "1.1754944e-38"},
                                                              {limits::denorm_min(), "1e-45"},
                                                              {-limits::denorm_min(), "-1e-45"},
                                                              {0.0F, "0"},
                                                              {-0.0F, "-0"},
                                                              {0.1F, "0.1"},
                                                              {limits::quiet_NaN(), "NaN"},
                                                              {limits::infinity(), "Infinity"},
                                                              {-limits::infinity(), "-Infinity"}};
    for (const auto& [value, text] : cases) {
        expect_same("real", value, text);
        expect_read("real", text, static_cast<double>(value));
    }
    EXPECT_EQ(
        read_failure<float>("double precision", "0.5"),
        "column \"it\" (double precision) as float: that SQL type is not read as this C++ type; "
        "cast it in the statement");
    expect_null<float>("real", "real");
}

class Numerics : public RoundTrip {
protected:
    // Reads a numeric into the two C++ types that keep all digits.
    void expect_kept(const std::string& text) {
        expect_same("numeric", decimal::parse(text), text);
        expect_read("numeric", text, text);
    }
};

TEST_F(Numerics, KeepAllDigits) {
    for (const char* const text :
         {"0", "0.00", "1", "1.50", "-1.50", "10000", "9999", "0.0001", "0.00010000", "-0.5",
          "99999999999999999999", "12345678901234567890.123456789", "NaN"}) {
        expect_kept(text);
    }
    expect_sent("numeric", decimal::parse("-0.00"), "0.00");
    expect_sent("numeric", decimal::parse("1.5e-3"), "0.0015");
    expect_sent("numeric", decimal::parse("  +007.0 "), "7.0");
    expect_sent("numeric(10,2)", decimal::parse("1.005"), "1.01");
    expect_same("numeric", decimal(std::numeric_limits<long long>::min()), "-9223372036854775808");
    expect_same("numeric", decimal(std::numeric_limits<unsigned long long>::max()),
                "18446744073709551615");
    expect_null<decimal>("numeric", "numeric");
    expect_null<std::string>("numeric", "numeric");
}

TEST_F(Numerics, InTheWholeRangeOfPostgreSql) {
    const std::string whole(131'072, '9');
    const std::string fraction(16'383, '9');
    const std::string tiny = "0." + std::string(16'382, '0') + "7";
    for (const std::string& text :
         {whole, "0." + fraction, whole + "." + fraction, tiny, "1" + std::string(131'071, '0')}) {
        expect_kept(text);
        expect_kept("-" + text);
    }
    EXPECT_THROW(static_cast<void>(decimal::parse(whole + "9")), dsql::conversion_error);
    EXPECT_THROW(session_.execute("SELECT $1::numeric", whole + "9"), dsql::server_error);
}

TEST_F(Numerics, Infinities) {
    if (server_version() < 140'000) {
        GTEST_SKIP() << "PostgreSQL has them from 14 on";
    }
    expect_kept("Infinity");
    expect_kept("-Infinity");
}

TEST_F(Numerics, AreNotReadAsOtherNumbers) {
    expect_not_read<long>("numeric", "1");
    expect_read<double>("numeric", "9007199254740991.25", 9'007'199'254'740'991.0);
    expect_read<float>("numeric", "0.1", 0.1F);
    expect_not_read<double>("numeric", "1e400");
    expect_not_read<decimal>("bigint", "1");
}

}  // namespace round_trip_numbers_test
