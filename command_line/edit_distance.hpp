// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace command_line {

/// How many characters have to be inserted, removed or replaced to make `one` of `other`
/// (Levenshtein's distance), in bytes. Takes time and memory by the product of the two sizes.
[[nodiscard]] std::size_t edit_distance(std::string_view one, std::string_view other);

}  // namespace command_line
