// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cli_text {

/// How many columns the terminal at a file descriptor has; 0 when that is no terminal, or one that
/// does not tell.
[[nodiscard]] std::size_t terminal_width(int descriptor) noexcept;

/// Breaks `line` into lines of at most `width` characters: at blanks, or inside of a word that is
/// longer than a line. Each line after the first is indented by `indent` blanks, or by 2 if
/// `indent` leaves less than half of the width for text. If `width` is 0, returns `line` unchanged.
/// A UTF-8 sequence counts as one character. `line` must not hold control characters.
[[nodiscard]] std::string wrapped(std::string_view line, std::size_t width, std::size_t indent);

/// Each line of a --help, wrapped: the description of an option goes on below itself.
[[nodiscard]] std::string wrapped_help(std::string_view help, std::size_t width);

}  // namespace cli_text
