// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/floats.hpp>

#include <charconv>
#include <cmath>
#include <limits>

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

// Converting a number that is too large for a float would be undefined.
bool may_be_float(double value) noexcept {
    return !std::isfinite(value) ||
           std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max());
}

}  // namespace

float exact_float(double value) {
    if (may_be_float(value)) {
        const float narrow = static_cast<float>(value);
        if (std::isnan(value) || static_cast<double>(narrow) == value) {
            return narrow;
        }
    }
    throw conversion_error("the value " + shortest_text(value) +
                           " is none that a real holds exactly; convert it to float");
}

void put_float_text(byte_writer& out, float value) {
    put_shortest(out, value);
}

void put_float_text(byte_writer& out, double value) {
    put_shortest(out, value);
}

}  // namespace dsql::detail
