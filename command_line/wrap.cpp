// SPDX-License-Identifier: Apache-2.0
#include "command_line/wrap.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace command_line {

namespace {

constexpr std::size_t least_indent = 2;
constexpr std::size_t least_width = 10;

bool begins_character(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
}

std::size_t length_of(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), &begins_character));
}

// Returns the size in bytes of the first `count` characters.
std::size_t size_of(std::string_view text, std::size_t count) noexcept {
    std::size_t end = 0;
    while (end < text.size() && (count > 0 || !begins_character(text[end]))) {
        count -= begins_character(text[end]) ? 1U : 0U;
        ++end;
    }
    return end;
}

// Removes from `rest` the text that fits on a line of `width` characters, and returns it.
std::string_view take_line(std::string_view& rest, std::size_t width) noexcept {
    if (length_of(rest) <= width) {
        return std::exchange(rest, {});
    }
    const std::size_t longest = size_of(rest, width);
    // rfind() also finds a blank directly after the last character that fits.
    std::size_t end = rest.rfind(' ', longest);
    const bool is_indented = rest.find_first_not_of(' ') > end;
    if (end == std::string_view::npos || is_indented) {
        end = longest;
    }
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(rest.find_first_not_of(' ', end), rest.size()));
    return line;
}

// Returns where the second column of a line of --help begins; the indentation if the line has only
// one column.
std::size_t second_column(std::string_view line) noexcept {
    const std::size_t first = std::min(line.find_first_not_of(' '), line.size());
    const std::size_t gap = line.find("  ", first);
    return gap == std::string_view::npos ? first
                                         : std::min(line.find_first_not_of(' ', gap), line.size());
}

}  // namespace

std::size_t terminal_width(int descriptor) noexcept {
    winsize size{};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-vararg): the system's interface
    return isatty(descriptor) != 0 && ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

std::string wrap(std::string_view line, std::size_t width, std::size_t indent) {
    if (width == 0) {
        return std::string(line);
    }
    width = std::max(width, least_width);
    if (indent > width / 2) {
        indent = least_indent;
    }
    std::string text(take_line(line, width));
    while (!line.empty()) {
        text.append("\n").append(indent, ' ').append(take_line(line, width - indent));
    }
    return text;
}

std::string wrap_help(std::string_view help, std::size_t width) {
    std::string text;
    while (!help.empty()) {
        const std::size_t end = std::min(help.find('\n'), help.size());
        const std::string_view line = help.substr(0, end);
        text += wrap(line, width, second_column(line));
        text += end < help.size() ? "\n" : "";
        help.remove_prefix(std::min(end + 1, help.size()));
    }
    return text;
}

}  // namespace command_line
