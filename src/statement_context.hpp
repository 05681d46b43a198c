// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/source_location.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace dsql::detail {

/// As much of a text as has `longest` bytes at most and ends behind a whole character of UTF-8.
[[nodiscard]] inline std::string_view beginning_of(std::string_view text, std::size_t longest) {
    constexpr std::size_t longest_character = 4;
    if (text.size() <= longest) {
        return text;
    }
    std::size_t end = longest;
    while (end > 0 && longest - end < longest_character &&
           (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
        --end;
    }
    return text.substr(0, end);
}

/// A value for a message: on one line, and cut where it is long, because a message may go to a log.
[[nodiscard]] inline std::string excerpt(std::string_view value) {
    constexpr std::size_t longest = 64;
    std::string text;
    for (const char c : beginning_of(value, longest)) {
        const auto code = static_cast<unsigned char>(c);
        text += code < 0x20 || code == 0x7f ? '?' : c;
    }
    return value.size() > longest ? text + "... (" + std::to_string(value.size()) + " bytes)"
                                  : text;
}

/// The reason of an error, which a codec may have made of a value, cut where it is long.
[[nodiscard]] inline std::string bounded_reason(std::string_view why) {
    constexpr std::size_t longest = 1000;
    return std::string(beginning_of(why, longest)) + (why.size() > longest ? "..." : "");
}

/// What goes behind the text of an error: the statement, on one line and cut where it is long, and
/// where in the program it was run from. Empty where neither is known.
[[nodiscard]] inline std::string statement_context(std::string_view sql,
                                                   const source_location& where) {
    constexpr std::size_t longest = 500;
    std::string text;
    if (!sql.empty()) {
        text += " [statement: ";
        for (const char c : beginning_of(sql, longest)) {
            const auto code = static_cast<unsigned char>(c);
            text += code < 0x20 || code == 0x7f ? ' ' : c;
        }
        text += sql.size() > longest ? "...]" : "]";
    }
    if (where.line() != 0) {
        text += std::string(" [at ") + where.file_name() + ":" + std::to_string(where.line()) +
                " in " + where.function_name() + "]";
    }
    return text;
}

}  // namespace dsql::detail
