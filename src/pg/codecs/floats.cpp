// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/floats.hpp>

#include <charconv>
#include <cmath>

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
    const std::size_t begin = out.size();
    char* const to = out.extend(room);
    const char* const end = std::to_chars(to, to + room, value).ptr;
    out.shrink(begin + static_cast<std::size_t>(end - to));
}

std::string shortest_text(double value) {
    byte_writer text;
    put_shortest(text, value);
    return std::string(text.view());
}

}  // namespace

float nearest_float(double value) {
    // Converting a number that is too large would be undefined, and one that is too small becomes
    // zero; the largest double that is rounded to a float lies half a step above the largest one.
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
