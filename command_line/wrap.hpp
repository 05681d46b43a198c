// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace command_line {

/// How many columns the terminal at a file descriptor has; 0 when that is no terminal, or one that
/// does not tell.
[[nodiscard]] std::size_t terminal_width(int descriptor) noexcept;

/// `line` as lines of at most `width` characters, broken at blanks, or where a word is longer than
/// a line within it. Those after the first begin with `indent` blanks, or with 2 where that leaves
/// less than half of the width. A width of 0 leaves the line as it is. A byte sequence of UTF-8
/// counts as one character; `line` holds no control characters.
[[nodiscard]] std::string wrapped(std::string_view line, std::size_t width, std::size_t indent);

/// Each line of a --help, wrapped: the description of an option goes on below itself.
[[nodiscard]] std::string wrapped_help(std::string_view help, std::size_t width);

}  // namespace command_line
