// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/integers.hpp>
#include <dsql/codecs/ticks.hpp>

namespace dsql::detail {

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
