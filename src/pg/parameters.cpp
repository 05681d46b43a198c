// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/parameters.hpp>

#include <charconv>
#include <cmath>

namespace dsql {

namespace {

template <class Number>
std::string to_text(Number value) {
    char text[64];  // more than the longest shortest form of a double, and than any 64-bit integer
    const auto [end, failure] = std::to_chars(text, text + sizeof text, value);
    static_cast<void>(failure);
    return {text, end};
}

template <class Number>
std::string floating_point_text(Number value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "Infinity" : "-Infinity";
    }
    return to_text(value);
}

}  // namespace

void parameters::add(std::string_view text) {
    if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
        throw conversion_error("parameter $" + std::to_string(values_.size() + 1) +
                               ": a zero byte at position " + std::to_string(zero) +
                               "; PostgreSQL's text types cannot hold one");
    }
    values_.emplace_back(text);
}

void parameters::add(const char* text) {
    if (text == nullptr) {
        values_.emplace_back();
    } else {
        values_.emplace_back(text);
    }
}

void parameters::add_bool(bool value) {
    values_.emplace_back(value ? "t" : "f");
}
void parameters::add_signed(long long value) {
    values_.emplace_back(to_text(value));
}
void parameters::add_unsigned(unsigned long long value) {
    values_.emplace_back(to_text(value));
}
void parameters::add_floating_point(float value) {
    values_.emplace_back(floating_point_text(value));
}
void parameters::add_floating_point(double value) {
    values_.emplace_back(floating_point_text(value));
}

}  // namespace dsql
