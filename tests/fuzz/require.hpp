// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/text.hpp"

#include <cstddef>
#include <cstdlib>
#include <string_view>

/// Ends the run of a fuzzer, which keeps the input as a finding, unless the condition holds.
inline void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

/// Requires of the text of an error that a terminal acts on no part of it, and that it is not
/// longer than people read, whatever others have written into it.
inline void require_harmless(std::string_view message, std::size_t longest = 4'000) {
    require(message.size() <= longest);
    for (std::size_t i = 0; i < message.size(); ++i) {
        require(!dsql::detail::is_control(message, i));
    }
}
