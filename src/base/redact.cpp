// SPDX-License-Identifier: Apache-2.0
#include "base/redact.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace dsql::detail {

namespace {

constexpr std::string_view replacement = "<redacted>";
constexpr std::size_t longest_harmless_run = 19;

// The characters of base64, of its variant for URLs, and of the escapes that JSON and URLs use for
// them.
bool is_secret_character(char c) noexcept {
    return is_lower(lower(c)) || is_digit(c) ||
           std::string_view("+/=-_%\\").find(c) != std::string_view::npos;
}

std::size_t skip_spaces(std::string_view text, std::size_t at) noexcept {
    while (at < text.size() && is_space(text[at])) {
        ++at;
    }
    return at;
}

// Returns the position after the quoted text that begins at `at`, or the end of the text.
std::size_t behind_quoted(std::string_view text, std::size_t at) noexcept {
    const char quote = text[at];
    for (++at; at < text.size(); ++at) {
        if (text[at] == quote) {
            return at + 1;
        }
        if (text[at] == '\\') {
            ++at;
        }
    }
    return text.size();
}

bool is_quote(char c) noexcept {
    return c == '"' || c == '\'';
}

// Returns where the value of a member begins. The closing quote of its name is just before `at`.
// npos when no colon follows.
std::size_t value_begin(std::string_view text, std::size_t at) noexcept {
    at = skip_spaces(text, at);
    if (at == text.size() || text[at] != ':') {
        return std::string_view::npos;
    }
    return skip_spaces(text, at + 1);
}

std::size_t value_end(std::string_view text, std::size_t begin) noexcept {
    if (begin < text.size() && is_quote(text[begin])) {
        return behind_quoted(text, begin);
    }
    // The members of a nested object or array are redacted one by one.
    return std::min(text.find_first_of(",}]{[ \t\r\n", begin), text.size());
}

std::string without_member_values(std::string_view text) {
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        out += c;
        ++at;
        const std::size_t begin = is_quote(c) ? value_begin(text, at) : std::string_view::npos;
        if (begin == std::string_view::npos) {
            continue;
        }
        const std::size_t end = value_end(text, begin);
        out += text.substr(at, begin - at);
        out += end > begin ? replacement : std::string_view();
        at = end;
    }
    return out;
}

std::string without_long_runs(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = std::find_if_not(text.begin(), text.end(), &is_secret_character);
        const auto size = static_cast<std::size_t>(end - text.begin());
        out += size > longest_harmless_run ? replacement : text.substr(0, size);
        text.remove_prefix(size);
        if (!text.empty()) {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

bool names_a_secret(std::string_view word) {
    const std::string name = lower(word);
    constexpr std::array parts = {"password", "passwd", "secret", "token", "key"};
    return std::any_of(parts.begin(), parts.end(),
                       [&name](const char* part) { return name.find(part) != std::string::npos; });
}

bool is_word_character(char c) noexcept {
    return is_lower(lower(c)) || is_digit(c) || c == '_' || c == '-';
}

// Returns where the value after '=' or ':' begins; npos when there is none.
std::size_t named_value_begin(std::string_view text) noexcept {
    const std::size_t at = skip_spaces(text, 0);
    if (at == text.size() || (text[at] != '=' && text[at] != ':')) {
        return std::string_view::npos;
    }
    return skip_spaces(text, at + 1);
}

// Redacts the value in "password=..." and "secret: ...", up to the next white space.
std::string without_named_values(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = std::find_if_not(text.begin(), text.end(), &is_word_character);
        const std::string_view word = text.substr(0, static_cast<std::size_t>(end - text.begin()));
        out += word;
        text.remove_prefix(word.size());
        const std::size_t begin =
            names_a_secret(word) ? named_value_begin(text) : std::string_view::npos;
        if (begin < text.size()) {
            out.append(text.substr(0, begin)).append(replacement);
            text.remove_prefix(std::min(text.find_first_of(" \t\r\n", begin), text.size()));
        } else if (!text.empty()) {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

}  // namespace

std::string redact(std::string_view text) {
    return without_named_values(without_long_runs(without_member_values(text)));
}

}  // namespace dsql::detail
