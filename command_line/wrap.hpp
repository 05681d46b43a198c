// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace command_line {

/// Returns the number of columns of the terminal at a file descriptor; 0 if it is not a terminal or
/// does not report its width.
[[nodiscard]] std::size_t terminal_width(int descriptor) noexcept;

/// Breaks `line` into lines of at most `width` characters, at blanks or, if a word is too long,
/// within the word. Lines after the first start with `indent` blanks, or with 2 if `indent` is more
/// than half of the width. A width of 0 leaves the line unchanged. A UTF-8 sequence counts as one
/// character. `line` must not contain control characters.
[[nodiscard]] std::string wrap(std::string_view line, std::size_t width, std::size_t indent);

/// Wraps each line of a --help text. The description of an option continues in its own column.
[[nodiscard]] std::string wrap_help(std::string_view help, std::size_t width);

}  // namespace command_line
