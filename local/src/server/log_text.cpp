// SPDX-License-Identifier: Apache-2.0
#include "server/log_text.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <new>

namespace dsql_local {
namespace {

constexpr std::size_t max_statement = 240;
constexpr std::size_t max_line = 4'000;  // POSIX promises 512, Linux PIPE_BUF = 4 096

bool is_white_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct character {
    std::uint32_t code = 0;
    std::size_t size = 0;  // 0: not UTF-8
};

// Decodes the UTF-8 character at the front. Does not accept more bytes than are necessary.
character decode(std::string_view text) {
    const auto byte = [text](std::size_t i) {
        return static_cast<unsigned char>(text[i]);
    };
    constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    const unsigned first = byte(0);
    const std::size_t size = first < 0x80                     ? 1
                             : first >= 0xC2 && first < 0xE0  ? 2
                             : first >= 0xE0 && first < 0xF0  ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
    if (size == 0 || size > text.size()) {
        return {};
    }
    std::uint32_t code = size == 1 ? first : first & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80) {
            return {};
        }
        code = code << 6U | (byte(i) & 0x3FU);
    }
    const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < least[size] || code > 0x10FFFF || is_surrogate ? character{}
                                                                 : character{code, size};
}

bool is_harmless(std::uint32_t code) {
    const bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    // Line and paragraph separators, marks and overrides of the direction, the byte order mark.
    const bool is_invisible = (code >= 0x200B && code <= 0x200F) ||
                              (code >= 0x2028 && code <= 0x202E) ||
                              (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
    return !is_control && !is_invisible;
}

void append_escaped(std::string& out, std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out.append("\\x").append(1, digits[byte >> 4U]).append(1, digits[byte & 15U]);
    }
}

std::size_t skip_spaces(std::string_view text, std::size_t at) {
    while (at < text.size() && is_white_space(text[at])) {
        ++at;
    }
    return at;
}

// Whether a literal, or a comment that may stand before one, begins after a word like PASSWORD.
bool begins_literal(std::string_view rest) {
    std::size_t at = skip_spaces(rest, 0);
    if (at < rest.size() && rest[at] == '=') {
        at = skip_spaces(rest, at + 1);
    }
    rest.remove_prefix(at);
    if (rest.empty()) {
        return false;
    }
    const bool is_prefix = rest.size() > 1 &&
                           std::isalpha(static_cast<unsigned char>(rest[0])) != 0 &&
                           (rest[1] == '\'' || rest[1] == '&');
    return is_prefix || std::string_view("'$/-").find(rest[0]) != std::string_view::npos;
}

// Where a password may begin; npos if nowhere.
std::size_t find_password(std::string_view sql) {
    constexpr std::string_view word = "password";
    const auto equal = [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == b;
    };
    for (auto from = sql.begin();;) {
        const auto at = std::search(from, sql.end(), word.begin(), word.end(), equal);
        if (at == sql.end()) {
            return std::string_view::npos;
        }
        const auto end = static_cast<std::size_t>(at - sql.begin()) + word.size();
        if (begins_literal(sql.substr(end))) {
            return end;
        }
        from = at + 1;
    }
}

// Replaces each run of characters with a part of a signed request in it.
std::string without_tokens(std::string text) {
    constexpr std::string_view mark = "X-Amz-";
    const auto is_part = [](char c) {
        return !is_white_space(c) && c != '\'' && c != '"';
    };
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) {
        std::size_t begin = at;
        while (begin > 0 && is_part(text[begin - 1])) {
            --begin;
        }
        std::size_t end = at;
        while (end < text.size() && is_part(text[end])) {
            ++end;
        }
        text.replace(begin, end - begin, "<token>");
        at = begin;
    }
    return text;
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
    std::string out;
    while (!text.empty() && out.size() < limit) {
        if (is_white_space(text.front())) {
            text.remove_prefix(skip_spaces(text, 0));
            out += ' ';
            continue;
        }
        const character next = decode(text);
        const std::string_view bytes = text.substr(0, std::max<std::size_t>(next.size, 1));
        if (next.size > 0 && is_harmless(next.code)) {
            out.append(bytes);
        } else {
            append_escaped(out, bytes);
        }
        text.remove_prefix(bytes.size());
    }
    return text.empty() ? out : out + "...";
}

std::string loggable_statement(std::string_view sql) {
    sql.remove_prefix(skip_spaces(sql, 0));
    while (!sql.empty() && (is_white_space(sql.back()) || sql.back() == ';')) {
        sql.remove_suffix(1);
    }
    std::string text = without_tokens(std::string(sql));
    if (const std::size_t password = find_password(text); password != std::string_view::npos) {
        text.replace(password, std::string::npos, " ...");
    }
    return printable(text, max_statement);
}

std::string format_duration(std::chrono::nanoseconds duration) {
    const double milliseconds = std::chrono::duration<double, std::milli>(duration).count();
    std::array<char, 40> text{};
    if (milliseconds < 1'000) {
        std::snprintf(text.data(), text.size(), "%.1f ms", milliseconds);
    } else {
        std::snprintf(text.data(), text.size(), "%.2f s", milliseconds / 1'000);
    }
    return text.data();
}

void write_log_line(std::string_view text) noexcept {
    try {
        std::string line = "dsql-local: ";
        line.append(text.substr(0, max_line)).append("\n");
        [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
    } catch (const std::bad_alloc&) {
        // A session goes on without its log.
    }
}

}  // namespace dsql_local
