// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>

#include <bit>

namespace dsql {

namespace detail {

[[nodiscard]] inline float load_float4(const binary_value& value) {
    return std::bit_cast<float>(load_integer<std::int32_t>(value));
}

/// The float that is nearest to `value`. Throws `conversion_error` where PostgreSQL reports an
/// overflow or underflow.
[[nodiscard]] DSQL_EXPORT float nearest_float(double value);

/// The number of the type that is nearest to a `numeric`. Throws `conversion_error` if it is out of
/// range.
///@{
[[nodiscard]] DSQL_EXPORT double load_numeric_as_double(const binary_value& value);
[[nodiscard]] DSQL_EXPORT float load_numeric_as_float(const binary_value& value);
///@}

/// The shortest text that is read back as the same number; "NaN", "Infinity", "-Infinity".
DSQL_EXPORT void put_float_text(byte_writer& out, float value);
DSQL_EXPORT void put_float_text(byte_writer& out, double value);

}  // namespace detail

/// `float` <-> `real`; into `double precision` too, and from `numeric`: the nearest float.
template <>
struct codec<float> {
    static std::string name() { return "float"; }
    static constexpr oid type = oids::float4;
    static constexpr oid array_type = oids::float4_array;
    static constexpr bool reads(oid column) {
        return column == oids::float4 || column == oids::numeric;
    }
    static float read(const binary_value& value) {
        if (value.type == oids::numeric) {
            return detail::load_numeric_as_float(value);
        }
        return detail::load_float4(value);
    }
    static constexpr bool writes(oid column) {
        return column == oids::float4 || column == oids::float8;
    }
    static void write(byte_writer& out, float value, oid target) {
        if (target == oids::float8) {
            return out.put_int64(std::bit_cast<std::int64_t>(static_cast<double>(value)));
        }
        out.put_int32(std::bit_cast<std::int32_t>(value));
    }
    static void write_text(byte_writer& out, float value) { detail::put_float_text(out, value); }
};

/// `double` <-> `double precision`, and `real`: rounded to its precision, and a `conversion_error`
/// where it is out of its range. From `numeric` as well: the nearest double, a `conversion_error`
/// for what is too large.
template <>
struct codec<double> {
    static std::string name() { return "double"; }
    static constexpr oid type = oids::float8;
    static constexpr oid array_type = oids::float8_array;
    static constexpr bool reads(oid column) { return writes(column) || column == oids::numeric; }
    static double read(const binary_value& value) {
        if (value.type == oids::float4) {
            return static_cast<double>(detail::load_float4(value));
        }
        if (value.type == oids::numeric) {
            return detail::load_numeric_as_double(value);
        }
        return std::bit_cast<double>(detail::load_integer<std::int64_t>(value));
    }
    static constexpr bool writes(oid column) {
        return column == oids::float4 || column == oids::float8;
    }
    static void write(byte_writer& out, double value, oid target) {
        if (target == oids::float4) {
            return out.put_int32(std::bit_cast<std::int32_t>(detail::nearest_float(value)));
        }
        out.put_int64(std::bit_cast<std::int64_t>(value));
    }
    static void write_text(byte_writer& out, double value) { detail::put_float_text(out, value); }
};

}  // namespace dsql
