// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace dsql::detail {

// These functions know ASCII only, whatever the locale: host names, keywords and identifiers are
// ASCII.
[[nodiscard]] constexpr char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
[[nodiscard]] constexpr bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_lower(char c) noexcept {
    return c >= 'a' && c <= 'z';
}
[[nodiscard]] constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/// Returns a copy with A-Z converted to a-z.
[[nodiscard]] inline std::string lower(std::string_view text) {
    std::string copy(text);
    for (char& c : copy) {
        c = lower(c);
    }
    return copy;
}

/// Returns `text` without the white space at both ends.
[[nodiscard]] constexpr std::string_view trim(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// Parses the whole of `text` as a number; none when it is not one, or does not fit.
template <class Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text) noexcept {
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

/// Returns the beginning of `text`: at most `longest` bytes, without splitting a UTF-8 character.
[[nodiscard]] constexpr std::string_view truncate_utf8(std::string_view text,
                                                       std::size_t longest) noexcept {
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

/// Returns `text`, or its first `longest` bytes and "...". For messages, which must stay readable
/// whatever a file contains.
[[nodiscard]] inline std::string shortened(std::string_view text, std::size_t longest) {
    return std::string(truncate_utf8(text, longest)) + (text.size() > longest ? "..." : "");
}

/// Whether the byte at `at` is one of the second to fourth bytes of a character that is well-formed
/// UTF-8. Source: RFC 3629, section 4.
[[nodiscard]] constexpr bool continues_character(std::string_view text, std::size_t at) noexcept {
    const auto byte = [text](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    std::size_t begin = at;
    while (begin > 0 && at - begin < 3 && (byte(begin) & 0xc0U) == 0x80U) {
        --begin;
    }
    const unsigned lead = byte(begin);
    const std::size_t size = lead < 0xc2U || lead > 0xf4U ? 1U
                             : lead < 0xe0U               ? 2U
                             : lead < 0xf0U               ? 3U
                                                          : 4U;
    if (at == begin || at - begin >= size) {
        return false;
    }
    for (std::size_t i = begin + 1; i < begin + size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80U) {
            return false;
        }
    }
    const unsigned second = byte(begin + 1);
    const bool is_too_long = (lead == 0xe0U && second < 0xa0U) || (lead == 0xf0U && second < 0x90U);
    const bool is_none = (lead == 0xedU && second >= 0xa0U) || (lead == 0xf4U && second >= 0x90U);
    return !is_too_long && !is_none;
}

/// Whether a terminal may act on the byte at `at`: a control character of ASCII, or one of U+0080
/// to U+009F, as UTF-8 or as a single byte, also where the text is not UTF-8.
[[nodiscard]] constexpr bool is_control(std::string_view text, std::size_t at) noexcept {
    const auto is_high_control = [text](std::size_t i) {
        return i < text.size() && static_cast<unsigned char>(text[i]) >= 0x80U &&
               static_cast<unsigned char>(text[i]) < 0xa0U;
    };
    const auto code = static_cast<unsigned char>(text[at]);
    const bool is_after_c2 = at > 0 && static_cast<unsigned char>(text[at - 1]) == 0xc2U;
    return code < 0x20U || code == 0x7fU || (code == 0xc2U && is_high_control(at + 1)) ||
           (is_high_control(at) && (is_after_c2 || !continues_character(text, at)));
}

/// Returns `text` with each control character, which a terminal would act on, replaced by
/// `in_place`, except for those in `kept`.
[[nodiscard]] inline std::string harmless(std::string_view text, char in_place,
                                          std::string_view kept = {}) {
    std::string copy(text);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_control(text, i) && kept.find(text[i]) == std::string_view::npos) {
            copy[i] = in_place;
        }
    }
    return copy;
}

/// Returns a text that others have written, for a message: bounded, and `harmless`.
[[nodiscard]] inline std::string foreign_text(std::string_view text, std::string_view kept = {}) {
    constexpr std::size_t longest = 8192;
    return harmless(shortened(text, longest), '?', kept);
}

/// Returns `text` in quotes for a message: control characters are replaced, and it is cut after
/// `longest` bytes.
[[nodiscard]] inline std::string in_quotes(std::string_view text, std::size_t longest = 256) {
    std::string copy = "\"";
    copy += harmless(shortened(text, longest), '?');
    return copy += '"';
}

}  // namespace dsql::detail
