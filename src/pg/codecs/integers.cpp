// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/integers.hpp>
#include <dsql/codecs/ticks.hpp>

#include <charconv>
#include <cstddef>
#include <limits>
#include <string>

namespace dsql::detail {

namespace {

template <class Widest>
void put_digits(byte_writer& out, Widest value) {
    constexpr std::size_t room =
        std::numeric_limits<Widest>::digits10 + 2;  // one more digit, and the sign
    const std::size_t begin = out.size();
    char* const to = out.extend(room);
    const char* const end = std::to_chars(to, to + room, value).ptr;
    out.shrink(begin + static_cast<std::size_t>(end - to));
}

}  // namespace

void put_number_text(byte_writer& out, long long value) {
    put_digits(out, value);
}

void put_number_text(byte_writer& out, unsigned long long value) {
    put_digits(out, value);
}

void throw_does_not_fit(long long value) {
    throw conversion_error("the value " + std::to_string(value) + " does not fit");
}

void throw_does_not_fit(unsigned long long value) {
    throw conversion_error("the value " + std::to_string(value) + " does not fit");
}

void throw_ticks_do_not_fit() {
    throw conversion_error("the value does not fit; read it in a coarser unit, or one of 64 bits");
}

void throw_between_ticks() {
    throw conversion_error(
        "the value is no whole number of the type's unit; read it in std::chrono::microseconds");
}

void throw_beyond_microseconds() {
    throw conversion_error("the value does not fit into 64 bits of microseconds");
}

}  // namespace dsql::detail
