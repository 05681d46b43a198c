// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/text.hpp"

#include <cstddef>
#include <cstdlib>
#include <iostream>
#include <string_view>

/// Ends the run of a fuzzer, which keeps the input as a finding, unless the condition holds.
inline void require(bool holds, int line = __builtin_LINE()) {
    if (!holds) {
        std::cerr << "line " << line << " does not hold\n";
        std::abort();
    }
}

/// Requires of the text of an error that a terminal acts on no part of it, and that it is not
/// longer than people read, whatever others have written into it.
inline void require_harmless(std::string_view message, std::size_t longest = 4'000) {
    bool is_harmless = message.size() <= longest;
    for (std::size_t i = 0; i < message.size(); ++i) {
        is_harmless = is_harmless && !dsql::detail::is_control(message, i);
    }
    if (!is_harmless) {
        std::cerr << message.size() << " bytes: " << message << '\n';
        std::abort();
    }
}
