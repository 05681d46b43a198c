// SPDX-License-Identifier: Apache-2.0
#include "doctor/milliseconds.hpp"

#include <array>
#include <cstdio>

namespace dsql_cli::doctor {

double milliseconds_of(std::chrono::microseconds time) {
    return static_cast<double>(time.count()) / 1000;
}

std::string in_milliseconds(std::chrono::microseconds time) {
    const double value = milliseconds_of(time);
    const int decimals = value < 1 ? 2 : value < 100 ? 1 : 0;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f ms", decimals, value);
    return text.data();
}

}  // namespace dsql_cli::doctor
