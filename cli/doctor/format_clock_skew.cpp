// SPDX-License-Identifier: Apache-2.0
#include "doctor/format_clock_skew.hpp"

namespace dsql_cli::doctor {

std::string in_words(std::chrono::seconds ahead) {
    constexpr std::chrono::seconds rounding(2);
    const std::chrono::seconds off = std::chrono::abs(ahead);
    if (off <= rounding) {
        return "is right";
    }
    const auto minutes = std::chrono::round<std::chrono::minutes>(off);
    std::string text = "is ";
    text += minutes.count() >= 2 ? std::to_string(minutes.count()) + " minutes"
                                 : std::to_string(off.count()) + " seconds";
    return text + (ahead.count() > 0 ? " ahead" : " behind");
}

}  // namespace dsql_cli::doctor
