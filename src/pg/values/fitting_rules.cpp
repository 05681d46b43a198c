// SPDX-License-Identifier: Apache-2.0
#include "pg/values/fitting_rules.hpp"

#include <dsql/codecs.hpp>
#include <dsql/detail/value_fitting.hpp>

#include "pg/values/type_advice.hpp"
#include "pg/values/value_text.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>
#include <type_traits>

namespace dsql::detail {

namespace {

using converter = decltype(fitting_rule::convert);

struct fitting {
    oid from;
    oid to;
    own_cast cast;
    converter convert;
};

// A whole number keeps all its digits, as in bigint, up to the last power of ten that the type
// represents exactly; beyond that, 1e23 would become 99999999999999991611392. Any other number
// becomes the shortest decimal that parses to the same floating-point number.
template <class Float>
decimal exact_decimal(Float value) {
    constexpr auto end_of_exact_powers =
        static_cast<Float>(std::is_same_v<Float, float> ? 1e10 : 1e22);
    if (!std::isfinite(value)) {
        return decimal::parse(std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity");
    }
    const bool whole = std::trunc(value) == value && std::abs(value) < end_of_exact_powers;
    char text[40];
    const auto end = std::to_chars(text, text + sizeof text, value,
                                   whole ? std::chars_format::fixed : std::chars_format::scientific)
                         .ptr;
    return decimal::parse({text, static_cast<std::size_t>(end - text)});
}

template <class Float>
void float_to_numeric(byte_writer& out, const binary_value& value, oid to) {
    codec<decimal>::write(out, exact_decimal(codec<Float>::read(value)), to);
}

template <class Float>
std::string text_of_float(Float value) {
    byte_writer text;
    put_float_text(text, value);
    return std::string(text.view());
}

template <class Float>
void float_to_integer(byte_writer& out, const binary_value& value, oid to) {
    const Float number = codec<Float>::read(value);
    if (!std::isfinite(number) || std::trunc(number) != number) {
        throw lossy_cast_error(
            "the value " + text_of_float(number) + " is no whole number; round it", value.type);
    }
    constexpr Float end = 9'223'372'036'854'775'808.0F;  // 2^63, a power of two: exact
    if (number < -end || number >= end) {
        throw conversion_error("the value " + text_of_float(number) + " does not fit");
    }
    codec<std::int64_t>::write(out, static_cast<std::int64_t>(number), to);
}

void double_to_real(byte_writer& out, const binary_value& value, oid /*to*/) {
    codec<double>::write(out, codec<double>::read(value), oids::float4);
}
void real_to_double(byte_writer& out, const binary_value& value, oid /*to*/) {
    codec<float>::write(out, codec<float>::read(value), oids::float8);
}

void integer_to_integer(byte_writer& out, const binary_value& value, oid to) {
    codec<std::int64_t>::write(out, codec<std::int64_t>::read(value), to);
}
void integer_to_numeric(byte_writer& out, const binary_value& value, oid to) {
    codec<decimal>::write(out, decimal(codec<std::int64_t>::read(value)), to);
}

// Rounds to the nearest number, as PostgreSQL does, and as for a decimal.
template <class Float>
void integer_to_float(byte_writer& out, const binary_value& value, oid to) {
    codec<Float>::write(out, static_cast<Float>(codec<std::int64_t>::read(value)), to);
}

// A negative number keeps its bits, as in PostgreSQL.
void integer_to_oid(byte_writer& out, const binary_value& value, oid /*to*/) {
    out.put_uint32(static_cast<std::uint32_t>(codec<std::int32_t>::read(value)));
}
void bigint_to_oid(byte_writer& out, const binary_value& value, oid /*to*/) {
    out.put_uint32(narrow<std::uint32_t>(codec<std::int64_t>::read(value)));
}

void numeric_to_integer(byte_writer& out, const binary_value& value, oid to) {
    std::int64_t number = 0;
    try {
        number = codec<decimal>::read(value).to_int64();
    } catch (const conversion_error& failure) {
        throw lossy_cast_error(failure.what(), value.type);
    }
    codec<std::int64_t>::write(out, number, to);
}
void numeric_to_float(byte_writer& out, const binary_value& value, oid to) {
    if (to == oids::float4) {
        return codec<float>::write(out, codec<float>::read(value), to);
    }
    codec<double>::write(out, codec<double>::read(value), to);
}

void date_to_timestamp(byte_writer& out, const binary_value& value, oid /*to*/) {
    const std::chrono::days day = load_date(value);
    using microseconds = std::chrono::local_time<std::chrono::microseconds>;
    if (day == std::chrono::days::max()) {
        return codec<microseconds>::write(out, microseconds::max(), oids::timestamp);
    }
    if (day == std::chrono::days::min()) {
        return codec<microseconds>::write(out, microseconds::min(), oids::timestamp);
    }
    using seconds = std::chrono::local_time<std::chrono::seconds>;
    codec<seconds>::write(out, seconds(std::chrono::seconds(day)), oids::timestamp);
}

void time_to_interval(byte_writer& out, const binary_value& value, oid to) {
    codec<interval>::write(out, {.months = 0, .days = 0, .time = load_time(value)}, to);
}
void interval_to_time(byte_writer& out, const binary_value& value, oid /*to*/) {
    const interval length = codec<interval>::read(value);
    if (length.months != 0 || length.days != 0) {
        throw conversion_error("an interval with months or days is no time of day");
    }
    // PostgreSQL's cast would turn an interval of 24 hours into midnight.
    if (length.time >= std::chrono::hours(24)) {
        throw conversion_error("an interval of 24 hours or more is no time of day");
    }
    put_time(out, length.time);
}

bool has_time_zone(oid type) noexcept {
    return type == oids::timestamptz || type == oids::timetz;
}

[[noreturn]] void refuse_time(byte_writer& /*out*/, const binary_value& value, oid to) {
    // A conversion between types with a time zone, or between types without, would lose a part of
    // the value.
    const bool by_time_zone = has_time_zone(value.type) != has_time_zone(to) &&
                              !(value.type == oids::timetz && to == oids::time);
    throw lossy_cast_error(
        "PostgreSQL would convert " + type_name(value.type) + " to " + type_name(to) +
            (by_time_zone ? " by the session's time zone" : " with loss") + "; " + advice_for(to),
        value.type);
}

void to_text(byte_writer& out, const binary_value& value, oid to) {
    // PostgreSQL has a special cast of boolean to the types of text, except to name.
    if (value.type == oids::boolean && to != oids::name) {
        return out.put(codec<bool>::read(value) ? "true" : "false");
    }
    put_value_text(out, value);
}
void text_to_char(byte_writer& out, const binary_value& value, oid /*to*/) {
    out.put_char(value.size == 0 ? '\0' : *value.data);
}
void json_to_json(byte_writer& out, const binary_value& value, oid to) {
    put_text_as(out, text_of(value), to);
}
[[noreturn]] void refuse_bytes(byte_writer& /*out*/, const binary_value& value, oid to) {
    throw lossy_cast_error("PostgreSQL would convert " + type_name(value.type) + " to the " +
                               type_name(to) + " of its digits; use std::string",
                           value.type);
}

constexpr fitting fittings[] = {
    {oids::float8, oids::numeric, own_cast::lossy, float_to_numeric<double>},
    {oids::float8, oids::int2, own_cast::checked, float_to_integer<double>},
    {oids::float8, oids::int4, own_cast::checked, float_to_integer<double>},
    {oids::float8, oids::int8, own_cast::checked, float_to_integer<double>},
    {oids::float8, oids::float4, own_cast::same, double_to_real},
    {oids::float4, oids::numeric, own_cast::lossy, float_to_numeric<float>},
    {oids::float4, oids::int2, own_cast::checked, float_to_integer<float>},
    {oids::float4, oids::int4, own_cast::checked, float_to_integer<float>},
    {oids::float4, oids::int8, own_cast::checked, float_to_integer<float>},
    {oids::float4, oids::float8, own_cast::same, real_to_double},

    {oids::timestamptz, oids::timestamp, own_cast::checked, refuse_time},
    {oids::timestamptz, oids::date, own_cast::checked, refuse_time},
    {oids::timestamptz, oids::time, own_cast::checked, refuse_time},
    {oids::timestamptz, oids::timetz, own_cast::checked, refuse_time},
    {oids::timestamp, oids::timestamptz, own_cast::checked, refuse_time},
    {oids::timestamp, oids::date, own_cast::checked, refuse_time},
    {oids::timestamp, oids::time, own_cast::checked, refuse_time},
    {oids::timestamp, oids::timetz, own_cast::checked, refuse_time},
    {oids::date, oids::timestamp, own_cast::same, date_to_timestamp},
    {oids::date, oids::timestamptz, own_cast::checked, refuse_time},
    {oids::time, oids::timetz, own_cast::checked, refuse_time},
    {oids::time, oids::interval, own_cast::same, time_to_interval},
    {oids::timetz, oids::time, own_cast::checked, refuse_time},
    {oids::interval, oids::time, own_cast::checked, interval_to_time},

    {oids::int2, oids::int4, own_cast::same, integer_to_integer},
    {oids::int2, oids::int8, own_cast::same, integer_to_integer},
    {oids::int4, oids::int2, own_cast::same, integer_to_integer},
    {oids::int4, oids::int8, own_cast::same, integer_to_integer},
    {oids::int8, oids::int2, own_cast::same, integer_to_integer},
    {oids::int8, oids::int4, own_cast::same, integer_to_integer},
    {oids::int2, oids::numeric, own_cast::same, integer_to_numeric},
    {oids::int4, oids::numeric, own_cast::same, integer_to_numeric},
    {oids::int8, oids::numeric, own_cast::same, integer_to_numeric},
    {oids::int2, oids::float4, own_cast::same, integer_to_float<float>},
    {oids::int2, oids::float8, own_cast::same, integer_to_float<double>},
    {oids::int4, oids::float4, own_cast::same, integer_to_float<float>},
    {oids::int4, oids::float8, own_cast::same, integer_to_float<double>},
    {oids::int8, oids::float4, own_cast::same, integer_to_float<float>},
    {oids::int8, oids::float8, own_cast::same, integer_to_float<double>},
    {oids::numeric, oids::int2, own_cast::checked, numeric_to_integer},
    {oids::numeric, oids::int4, own_cast::checked, numeric_to_integer},
    {oids::numeric, oids::int8, own_cast::checked, numeric_to_integer},
    {oids::numeric, oids::float4, own_cast::same, numeric_to_float},
    {oids::numeric, oids::float8, own_cast::same, numeric_to_float},
    {oids::int2, oids::object_identifier, own_cast::same, integer_to_oid},
    {oids::int4, oids::object_identifier, own_cast::same, integer_to_oid},
    {oids::int8, oids::object_identifier, own_cast::same, bigint_to_oid},

    {oids::json, oids::jsonb, own_cast::same, json_to_json},
    {oids::jsonb, oids::json, own_cast::lossy, json_to_json},
    {oids::text, oids::char_type, own_cast::same, text_to_char},
};

fitting_rule find_in_table(oid from, oid to) noexcept {
    for (const fitting& each : fittings) {
        if (each.from == from && each.to == to) {
            return {each.cast, each.convert};
        }
    }
    return {};
}

// In an assignment, every type is cast to text. The cast is `lossy` when the text depends on
// settings of the session or differs from the text that was passed; then the value is sent as text.
// Source: PostgreSQL, "CREATE CAST", about automatic I/O conversion casts.
fitting_rule rule_to_text(oid from) noexcept {
    switch (element_or_self(from)) {
        case oids::timestamptz:
            return {own_cast::checked, refuse_time};
        case oids::bytea:
            return {own_cast::checked, refuse_bytes};
        case oids::float4:
        case oids::float8:
        case oids::date:
        case oids::timestamp:
        case oids::time:
        case oids::timetz:
        case oids::interval:
        case oids::jsonb:
            return {own_cast::lossy, to_text};
        case oids::boolean:
        case oids::int2:
        case oids::int4:
        case oids::int8:
        case oids::object_identifier:
        case oids::numeric:
        case oids::uuid:
        case oids::json:
        case oids::text:
        case oids::varchar:
        case oids::bpchar:
        case oids::name:
            return {own_cast::same, to_text};
        default:
            return {};
    }
}

fitting_rule find_scalar(oid from, oid to) noexcept {
    return is_plain_text(to) ? rule_to_text(from) : find_in_table(from, to);
}

}  // namespace

fitting_rule find_fitting_rule(oid from, oid to) noexcept {
    const oid from_element = element_type(from);
    const oid to_element = element_type(to);
    if (from_element != oids::unspecified && to_element != oids::unspecified) {
        return find_scalar(from_element, to_element);
    }
    if (is_plain_text(to)) {
        return rule_to_text(from);
    }
    return from_element == to_element ? find_in_table(from, to) : fitting_rule();
}

oid element_or_self(oid type) noexcept {
    const oid element = element_type(type);
    return element == oids::unspecified ? type : element;
}

}  // namespace dsql::detail
