// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/fitted_arguments.hpp>
#include <dsql/detail/value_fitting.hpp>
#include <dsql/dsql.hpp>

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace value_fitting_test {

using namespace std::chrono_literals;
using dsql::codec;
using dsql::conversion_error;
using dsql::decimal;
using dsql::oid;
using dsql::detail::fitted_arguments;
using dsql::detail::standing_types;
namespace detail = dsql::detail;
namespace oids = dsql::oids;

template <class T>
std::string in_binary(const T& value) {
    dsql::byte_writer out;
    codec<T>::write(out, value, codec<T>::type);
    return std::string(out.view());
}

// Fits `value` to the SQL type `to` and reads the result as a `To`.
template <class To, class T>
To fitted(const T& value, oid to) {
    const std::string bytes = in_binary(value);
    dsql::byte_writer out;
    EXPECT_TRUE(detail::has_fitting(codec<T>::type, to));
    detail::fit_value(out, {bytes.data(), bytes.size(), codec<T>::type}, to);
    return codec<To>::read({out.data(), out.size(), to});
}
template <class T>
std::string error_text(const T& value, oid to) {
    return thrown_message<conversion_error>([&] { return fitted<dsql::decimal>(value, to); });
}
template <class T>
std::string as_numeric(T value) {
    return fitted<decimal>(value, oids::numeric).to_string();
}

TEST(ValueFitting, AFloatingPointNumberIsANumericOfAllItsDigits) {
    EXPECT_EQ(as_numeric(9'007'199'254'740'991.0), "9007199254740991");
    EXPECT_EQ(as_numeric(-9'007'199'254'740'991.0), "-9007199254740991");
    EXPECT_EQ(as_numeric(1'152'921'504'606'846'976.0), "1152921504606846976");
    EXPECT_EQ(as_numeric(0.1), "0.1");
    EXPECT_EQ(as_numeric(0.1F), "0.1");
    EXPECT_EQ(as_numeric(1.0 / 3), "0.3333333333333333");
    EXPECT_EQ(as_numeric(123456.78901234567), "123456.78901234567");
    EXPECT_EQ(as_numeric(1e22), "10000000000000000000000");
    EXPECT_EQ(as_numeric(1e23), "100000000000000000000000");
    EXPECT_EQ(as_numeric(100'000.0), "100000");
    EXPECT_EQ(as_numeric(-0.0), "0");
    EXPECT_EQ(as_numeric(std::numeric_limits<double>::denorm_min()),
              "0." + std::string(323, '0') + "5");
    EXPECT_EQ(as_numeric(std::numeric_limits<double>::max()),
              "17976931348623157" + std::string(292, '0'));
    EXPECT_EQ(as_numeric(16'777'216.0F), "16777216");
    EXPECT_EQ(as_numeric(std::numeric_limits<double>::quiet_NaN()), "NaN");
    EXPECT_EQ(as_numeric(-std::numeric_limits<double>::infinity()), "-Infinity");
    EXPECT_EQ(as_numeric(std::numeric_limits<float>::infinity()), "Infinity");
}

TEST(ValueFitting, AnyDoubleComesBackFromNumeric) {
    const std::uint64_t seed = std::random_device()();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 20'000; ++i) {
        const auto value = std::bit_cast<double>(random());
        if (!std::isnan(value)) {
            EXPECT_EQ(fitted<decimal>(value, oids::numeric).to_double(), value);
        }
        const auto single = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
        if (!std::isnan(single)) {
            EXPECT_EQ(static_cast<float>(fitted<decimal>(single, oids::numeric).to_double()),
                      single);
        }
        const auto whole = static_cast<double>(static_cast<std::int64_t>(random()) >> (i % 64));
        if (std::abs(whole) < 9.2e18) {
            EXPECT_EQ(fitted<std::int64_t>(whole, oids::int8),
                      fitted<decimal>(whole, oids::numeric).to_int64());
        }
    }
}

TEST(ValueFitting, AFloatingPointNumberIsAnIntegerIfItIsAWholeNumber) {
    EXPECT_EQ(fitted<std::int64_t>(9'007'199'254'740'991.0, oids::int8), 9'007'199'254'740'991);
    EXPECT_EQ(fitted<std::int64_t>(-9'223'372'036'854'775'808.0, oids::int8),
              std::numeric_limits<std::int64_t>::min());
    EXPECT_EQ(fitted<short>(-32768.0, oids::int2), -32768);
    EXPECT_EQ(fitted<int>(-0.0F, oids::int4), 0);
    for (const oid integer : {oids::int2, oids::int4, oids::int8}) {
        EXPECT_EQ(error_text(2.5, integer), "the value 2.5 is no whole number; round it");
        EXPECT_EQ(error_text(-0.25F, integer), "the value -0.25 is no whole number; round it");
        EXPECT_EQ(error_text(std::nan(""), integer), "the value NaN is no whole number; round it");
        EXPECT_NE(error_text(std::numeric_limits<double>::infinity(), integer), "");
        EXPECT_EQ(error_text(1e20, integer), "the value 1e+20 does not fit");
        EXPECT_EQ(error_text(9'223'372'036'854'775'808.0F, integer),
                  "the value 9.223372e+18 does not fit");
    }
    EXPECT_EQ(error_text(32768.0, oids::int2), "the value 32768 does not fit");
    EXPECT_EQ(error_text(-2'147'483'649.0, oids::int4), "the value -2147483649 does not fit");
}

TEST(ValueFitting, BetweenFloatingPointTypesThePrecisionOfTheColumnDecides) {
    EXPECT_EQ(fitted<float>(0.1, oids::float4), 0.1F);
    EXPECT_EQ(fitted<double>(0.1F, oids::float8), static_cast<double>(0.1F));
    EXPECT_EQ(error_text(1e300, oids::float4), "the value 1e+300 is out of range of real");
    EXPECT_EQ(error_text(-1e-300, oids::float4), "the value -1e-300 is out of range of real");
    EXPECT_TRUE(std::isinf(fitted<float>(std::numeric_limits<double>::infinity(), oids::float4)));
}

TEST(ValueFitting, IntegersAndDecimals) {
    EXPECT_EQ(fitted<decimal>(std::numeric_limits<std::int64_t>::min(), oids::numeric).to_string(),
              "-9223372036854775808");
    EXPECT_EQ(fitted<std::int64_t>(7, oids::int8), 7);
    EXPECT_EQ(error_text(70'000, oids::int2), "the value 70000 does not fit");
    EXPECT_EQ(fitted<double>(std::int64_t{1} << 60U, oids::float8), 0x1p60);
    EXPECT_EQ(fitted<double>(9'007'199'254'740'993, oids::float8), 0x1p53) << "the nearest";
    EXPECT_EQ(fitted<float>(16'777'217, oids::float4), 0x1p24F);
    EXPECT_EQ(fitted<double>(std::numeric_limits<std::int64_t>::max(), oids::float8), 0x1p63);
    EXPECT_EQ(fitted<double>(std::numeric_limits<std::int64_t>::min(), oids::float8), -0x1p63);
    EXPECT_EQ(fitted<int>(decimal::parse("7.00"), oids::int4), 7);
    EXPECT_EQ(error_text(decimal::parse("7.50"), oids::int4),
              "the value 7.50 is not a whole number");
    EXPECT_EQ(fitted<double>(decimal::parse("0.1"), oids::float8), 0.1);
}

TEST(ValueFitting, TimesAreUnchangedOrErrors) {
    const auto day = std::chrono::sys_days(2024y / 2 / 29);
    const auto moment = day + 3h;
    const std::chrono::local_time<std::chrono::hours> wall(moment.time_since_epoch());
    using local_seconds = std::chrono::local_time<std::chrono::seconds>;
    EXPECT_EQ(fitted<local_seconds>(day, oids::timestamp), local_seconds(day.time_since_epoch()));
    EXPECT_EQ(fitted<local_seconds>(std::chrono::sys_days::max(), oids::timestamp),
              local_seconds::max());
    EXPECT_NE(error_text(std::chrono::sys_days(std::chrono::days(1'000'000'000)), oids::timestamp),
              "");
    EXPECT_EQ(fitted<std::chrono::minutes>(std::chrono::hh_mm_ss(90min), oids::interval), 90min);
    EXPECT_EQ(fitted<std::chrono::hh_mm_ss<std::chrono::minutes>>(90min, oids::time).to_duration(),
              90min);
    for (const auto none : {24h, 25h, -1h}) {
        EXPECT_NE(error_text(none, oids::time), "") << none.count();
    }
    EXPECT_NE(error_text(moment, oids::text), "");
    EXPECT_NE(error_text(dsql::interval{.months = 0, .days = 1, .time = 1h}, oids::time), "");
    EXPECT_EQ(
        error_text(moment, oids::timestamp),
        "PostgreSQL would convert timestamp with time zone to timestamp by the session's time "
        "zone; use std::chrono::local_time");
    EXPECT_EQ(error_text(dsql::time_with_time_zone{.time = 1h, .utc_offset = 2h}, oids::time),
              "PostgreSQL would convert time with time zone to time with loss; use "
              "std::chrono::hh_mm_ss");
    for (const oid other : {oids::timestamp, oids::date, oids::time, oids::timetz}) {
        EXPECT_NE(error_text(moment, other), "") << other;
    }
    for (const oid other : {oids::timestamptz, oids::date, oids::time, oids::timetz}) {
        EXPECT_NE(error_text(wall, other), "") << other;
    }
    EXPECT_NE(error_text(day, oids::timestamptz), "");
    EXPECT_NE(error_text(std::chrono::hh_mm_ss(1h), oids::timetz), "");
}

TEST(ValueFitting, ArraysElementByElement) {
    using numbers = std::vector<std::optional<double>>;
    const numbers given = {1.5, std::nullopt, 9'007'199'254'740'991.0};
    const auto decimals = fitted<std::vector<std::optional<decimal>>>(given, oids::numeric_array);
    ASSERT_EQ(decimals.size(), 3U);
    EXPECT_EQ(decimals[0]->to_string(), "1.5");
    EXPECT_FALSE(decimals[1]);
    EXPECT_EQ(decimals[2]->to_string(), "9007199254740991");
    EXPECT_EQ(fitted<std::vector<int>>(std::vector<double>{1, -2}, oids::int4_array),
              (std::vector<int>{1, -2}));
    EXPECT_EQ(fitted<std::vector<int>>(std::vector<double>{}, oids::int4_array),
              std::vector<int>());
    EXPECT_EQ(error_text(numbers{1.0, std::nullopt, 2.5}, oids::int4_array),
              "element 3: the value 2.5 is no whole number; round it");
    EXPECT_NE(error_text(std::vector<std::chrono::sys_days>{std::chrono::sys_days()},
                         oids::timestamptz_array),
              "");
    EXPECT_FALSE(detail::has_fitting(oids::float8, oids::numeric_array));
    EXPECT_FALSE(detail::has_fitting(oids::float8_array, oids::numeric));
}

// The input is not trusted, because a codec of the program may have written it.
TEST(ValueFitting, MalformedBytesAreAnError) {
    dsql::byte_writer out;
    EXPECT_THROW(detail::fit_value(out, {"123", 3, oids::float8}, oids::numeric), conversion_error);
    EXPECT_THROW(detail::fit_value(out, {"123", 3, oids::float8_array}, oids::numeric_array),
                 conversion_error);
}

TEST(ValueFitting, LosslessConversionsAreLeftToPostgreSql) {
    EXPECT_EQ(detail::settled_type(oids::float8, oids::numeric), oids::numeric);
    EXPECT_EQ(detail::settled_type(oids::float4_array, oids::numeric_array), oids::numeric_array);
    EXPECT_EQ(detail::settled_type(oids::float8, oids::varchar), oids::varchar);
    EXPECT_EQ(detail::settled_type(oids::jsonb, oids::json), oids::json);
    EXPECT_EQ(detail::settled_type(oids::json, oids::text), oids::json);
    for (const oid other : {oids::int4, oids::float4, oids::unknown, oids::unspecified,
                            oids::interval, oids::bytea, oids::numeric_array, oid{16'999}}) {
        EXPECT_EQ(detail::settled_type(oids::float8, other), oids::float8) << other;
    }
    EXPECT_TRUE(detail::needs_fitting(oids::float8, oids::numeric));
    EXPECT_TRUE(detail::needs_fitting(oids::float8, oids::int4));
    EXPECT_TRUE(detail::needs_fitting(oids::timestamptz_array, oids::timestamp_array));
    EXPECT_FALSE(detail::needs_fitting(oids::float8, oids::float8));
    EXPECT_FALSE(detail::needs_fitting(oids::float8, oids::float4));
    EXPECT_TRUE(detail::needs_fitting(oids::float8, oids::text));
    EXPECT_TRUE(detail::needs_fitting(oids::bytea, oids::text));
    EXPECT_FALSE(detail::needs_fitting(oids::timestamptz, oids::interval));
    EXPECT_FALSE(detail::needs_fitting(oids::date, oids::timestamp));
    EXPECT_FALSE(detail::needs_fitting(oids::time, oids::interval));
    EXPECT_FALSE(detail::needs_fitting(oids::date, oids::unspecified));
    EXPECT_FALSE(detail::needs_fitting(oids::int8, oids::float8)) << "the server is not asked";
    EXPECT_TRUE(detail::needs_fitting(oids::numeric, oids::int4));
    EXPECT_FALSE(detail::needs_fitting(oids::numeric, oids::float8));
}

TEST(ValueFitting, TheTypesWithLossyCasts) {
    for (const oid type :
         {oids::float4, oids::float8, oids::timestamptz, oids::timestamp, oids::date, oids::time,
          oids::timetz, oids::float8_array, oids::timestamptz_array, oids::date_array,
          oids::numeric, oids::interval, oids::bytea, oids::jsonb}) {
        EXPECT_TRUE(detail::has_lossy_casts(type)) << type;
    }
    for (const oid type : {oids::unspecified, oids::int4, oids::int8, oids::text, oids::boolean,
                           oids::json, oids::uuid, oids::int4_array}) {
        EXPECT_FALSE(detail::has_lossy_casts(type)) << type;
    }
}

TEST(ValueFitting, IncompatibleTypesAreErrors) {
    const auto refused = [](oid from, oid to) {
        return thrown_message<conversion_error>([&] {
            from == oids::unspecified ? detail::check_text_target(to)
                                      : detail::require_fitting(from, to);
            return 0;
        });
    };
    EXPECT_EQ(refused(oids::unspecified, oids::bytea),
              "bytes have a type of their own: std::span<const std::byte>, std::vector<std::byte>");
    EXPECT_EQ(refused(oids::text_array, oids::bytea_array),
              refused(oids::unspecified, oids::bytea));
    EXPECT_EQ(refused(oids::int4, oids::date),
              "a value of the type integer is not sent where date stands; use "
              "std::chrono::sys_days");
    EXPECT_EQ(refused(oids::text_array, oids::uuid_array),
              "a value of the type text[] is not sent where uuid[] stands; use a std::vector of "
              "dsql::uuid");
    EXPECT_EQ(
        refused(oids::int4, 16'999),
        "a value of the type integer is not sent where type with OID 16999 stands; give it as "
        "text, or cast it in the statement");
    EXPECT_NE(refused(oids::boolean, oids::bytea), "");
    EXPECT_NE(refused(oids::int4, oids::interval), "");
    EXPECT_NE(refused(oids::int4, oids::boolean), "");
    EXPECT_NE(refused(oids::int4, oids::int4_array), "");
    EXPECT_NE(refused(oids::float8, oids::interval), "");
    EXPECT_NE(refused(oids::float8, oids::json), "");
    EXPECT_NE(refused(oids::numeric, oids::uuid), "");
    EXPECT_NE(refused(oids::date, oids::interval), "");
    EXPECT_EQ(refused(oids::unspecified, oids::interval), "");
    EXPECT_EQ(refused(oids::int4, oids::text), "");
    EXPECT_EQ(refused(oids::int4_array, oids::text), "");
    EXPECT_EQ(refused(oids::int4, oids::object_identifier), "");
    EXPECT_EQ(refused(oids::bytea_array, oids::bytea_array), "");
}

std::string as_text(const auto& value) {
    return fitted<std::string>(value, oids::text);
}

// The expected texts are the results of SELECT value::text in PostgreSQL 15.
TEST(ValueFitting, TheTextMatchesPostgreSql) {
    EXPECT_EQ(as_text(true), "true");
    EXPECT_EQ(fitted<std::string>(true, oids::name), "t");
    EXPECT_EQ(as_text(std::vector<bool>{true, false}), "{t,f}");
    EXPECT_EQ(as_text(-7), "-7");
    EXPECT_EQ(as_text(100'000.0), "100000");
    EXPECT_EQ(as_text(1e15), "1e+15");
    EXPECT_EQ(as_text(123'456'789'012'345.0), "123456789012345");
    EXPECT_EQ(as_text(0.0001), "0.0001");
    EXPECT_EQ(as_text(0.00009), "9e-05");
    EXPECT_EQ(as_text(-0.0), "-0");
    EXPECT_EQ(as_text(1e6F), "1e+06");
    EXPECT_EQ(as_text(999'999.0F), "999999");
    EXPECT_EQ(as_text(decimal::parse("7.50")), "7.50");
    EXPECT_EQ(as_text(std::chrono::sys_days(2024y / 1 / 2)), "2024-01-02");
    EXPECT_EQ(as_text(dsql::time_with_time_zone{.time = 3h, .utc_offset = 2h}), "03:00:00+02");
    EXPECT_EQ(as_text(dsql::jsonb{R"({"b":1, "a":2})"}), R"({"b":1, "a":2})");
    EXPECT_EQ(as_text(std::vector<dsql::jsonb>{{"{}"}}), R"({"{}"})");
    using dsql::interval;
    EXPECT_EQ(as_text(interval{.months = 14, .days = -3, .time = 4h + 5s + 6ms}),
              "1 year 2 mons -3 days +04:00:05.006");
    EXPECT_EQ(as_text(interval{.months = -1, .days = 1, .time = -1s}), "-1 mons +1 day -00:00:01");
    EXPECT_EQ(as_text(interval{.months = 0, .days = 0, .time = 100h}), "100:00:00");
    EXPECT_EQ(as_text(interval{}), "00:00:00");
    EXPECT_EQ(as_text(interval{.months = 1, .days = 0, .time = 0s}), "1 mon");
}

class FittedArguments : public testing::Test {
protected:
    using five = std::array<oid, 5>;
    const dsql::parameters list_{2.0, 2.5, std::optional<double>(), "text", 7};
    const dsql::detail::bound_parameters bound_{{}, list_};
};

TEST_F(FittedArguments, ToWhatTheServerInferred) {
    const fitted_arguments fitted(
        bound_.view(), five{oids::int4, oids::numeric, oids::numeric, oids::bytea, oids::float8},
        standing_types::inferred);
    const detail::argument_view view = fitted.view();
    ASSERT_EQ(view.count, 5);
    EXPECT_EQ(view.types[0], oids::float8) << "checked only";
    EXPECT_EQ(view.values[0], bound_.view().values[0]);
    EXPECT_EQ(view.types[1], oids::numeric);
    EXPECT_EQ(view.formats[1], 1);
    EXPECT_EQ(codec<decimal>::read(
                  {view.values[1], static_cast<std::size_t>(view.lengths[1]), oids::numeric}),
              decimal::parse("2.5"));
    EXPECT_EQ(view.types[2], oids::numeric) << "NULL, as a value would";
    EXPECT_EQ(view.values[2], nullptr);
    EXPECT_EQ(view.types[3], oids::unspecified);
    EXPECT_EQ(view.types[4], oids::int4);
}

TEST_F(FittedArguments, ThatDoNotFitAreErrors) {
    EXPECT_EQ(thrown_message<conversion_error>([&] {
                  return fitted_arguments(bound_.view(),
                                          five{oids::int4, oids::int4, oids::int4,
                                               oids::unspecified, oids::int4},
                                          standing_types::inferred)
                      .view()
                      .count;
              }),
              "parameter $2 (double precision): the value 2.5 is no whole number; round it; or "
              "write $2::double precision, and PostgreSQL converts it");
}

}  // namespace value_fitting_test
