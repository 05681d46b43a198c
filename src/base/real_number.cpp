// SPDX-License-Identifier: Apache-2.0
#include "base/real_number.hpp"

#include "base/platform.hpp"

#include <charconv>
#include <cmath>
#include <string>
#include <version>

namespace dsql::detail {

namespace {

// Texts that std::from_chars and strtod(3) read alike. Without this, the one would read infinities,
// and the other also blanks, plus signs and hexadecimal numbers.
bool may_be_real(std::string_view text) {
    return !text.starts_with('+') &&
           text.find_first_not_of("0123456789.+-eE") == std::string_view::npos;
}

// Whether the number is another one than zero, by its digits.
bool has_a_value(std::string_view text) {
    return text.substr(0, text.find_first_of("eE")).find_first_of("123456789") !=
           std::string_view::npos;
}

// Some versions of both functions return zero for a number that is too close to it, others an
// error, strtod(3) even for numbers that only have fewer digits there.
template <class Real>
std::errc take(std::string_view text, Real number, Real& value) {
    if (std::isinf(number) || (number == 0 && has_a_value(text))) {
        return std::errc::result_out_of_range;
    }
    value = number;
    return {};
}

template <class Real>
std::errc read_by_c_library(std::string_view text, Real& value,
                            Real (*read)(const char* text, char** end)) {
    if (!may_be_real(text)) {
        return std::errc::invalid_argument;
    }
    const std::string terminated(text);
    char* end = nullptr;
    const Real number = read(terminated.c_str(), &end);
    if (text.empty() || end != terminated.c_str() + terminated.size()) {
        return std::errc::invalid_argument;
    }
    return take(text, number, value);
}

#if defined(__cpp_lib_to_chars)
template <class Real>
std::errc read(std::string_view text, Real& value) {
    if (!may_be_real(text)) {
        return std::errc::invalid_argument;
    }
    Real number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc::invalid_argument || end != text.data() + text.size()) {
        return std::errc::invalid_argument;
    }
    return failure == std::errc() ? take(text, number, value) : failure;
}
#else
template <class Real>
std::errc read(std::string_view text, Real& value) {
    return read_real_by_c_library(text, value);
}
#endif

}  // namespace

std::errc read_real(std::string_view text, double& value) {
    return read(text, value);
}

std::errc read_real(std::string_view text, float& value) {
    return read(text, value);
}

std::errc read_real_by_c_library(std::string_view text, double& value) {
    return read_by_c_library(text, value, &strtod_with_point);
}

std::errc read_real_by_c_library(std::string_view text, float& value) {
    return read_by_c_library(text, value, &strtof_with_point);
}

}  // namespace dsql::detail
