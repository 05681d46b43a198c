// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/floats.hpp>
#include <dsql/decimal.hpp>

#include "base/real_number.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>
#include <type_traits>

namespace dsql::detail {

namespace {

template <class Float>
void put_shortest(byte_writer& out, Float value) {
    if (std::isnan(value)) {
        return out.put("NaN");
    }
    if (std::isinf(value)) {
        return out.put(value < 0 ? "-Infinity" : "Infinity");
    }
    constexpr std::size_t room = 32;  // "-2.2250738585072014e-308" is one of the longest
    // Uses the same notation as PostgreSQL: no exponent for powers of ten from -4 to the last digit
    // that is always exact. Source: PostgreSQL, src/common/d2s.c,
    // double_to_shortest_decimal_bufn(), and f2s.c.
    constexpr Float end_of_fixed = std::is_same_v<Float, float> ? Float(1e6) : Float(1e15);
    const Float magnitude = std::abs(value);
    const bool is_fixed =
        magnitude == 0 || (magnitude >= static_cast<Float>(1e-4) && magnitude < end_of_fixed);
    const std::size_t begin = out.size();
    char* const to = out.extend(room);
    const char* const end =
        std::to_chars(to, to + room, value,
                      is_fixed ? std::chars_format::fixed : std::chars_format::scientific)
            .ptr;
    out.shrink(begin + static_cast<std::size_t>(end - to));
}

std::string shortest_text(double value) {
    byte_writer text;
    put_shortest(text, value);
    return std::string(text.view());
}

// Parses the text directly as a float: rounding to a double first could round the float the other
// way.
template <class Float>
Float load_numeric_as(const binary_value& value) {
    const decimal number = codec<decimal>::read(value);
    if (number.is_nan()) {
        return std::numeric_limits<Float>::quiet_NaN();
    }
    if (number.is_infinite()) {
        return number.is_negative() ? -std::numeric_limits<Float>::infinity()
                                    : std::numeric_limits<Float>::infinity();
    }
    const std::string text = number.to_string();
    Float nearest = 0;
    // The number stays zero when it is out of range: too large, or too close to zero.
    if (read_real(text, nearest) == std::errc::result_out_of_range &&
        (number > decimal(1) || number < decimal(-1))) {
        throw conversion_error("the value does not fit; read it as dsql::decimal");
    }
    return nearest;
}

}  // namespace

double load_numeric_as_double(const binary_value& value) {
    return load_numeric_as<double>(value);
}
float load_numeric_as_float(const binary_value& value) {
    return load_numeric_as<float>(value);
}

float nearest_float(double value) {
    // Converting a number that is too large would be undefined behavior, and one that is too small
    // becomes zero. The largest double that rounds to a float lies half a step above the largest
    // float.
    constexpr double end_of_floats = 0x1.ffffffp127;
    if (!std::isfinite(value)) {
        return static_cast<float>(value);
    }
    if (std::abs(value) < end_of_floats) {
        const auto nearest = static_cast<float>(value);
        if (nearest != 0 || value == 0) {
            return nearest;
        }
    }
    throw conversion_error("the value " + shortest_text(value) + " is out of range of real");
}

void put_float_text(byte_writer& out, float value) {
    put_shortest(out, value);
}

void put_float_text(byte_writer& out, double value) {
    put_shortest(out, value);
}

}  // namespace dsql::detail
