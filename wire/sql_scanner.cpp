// SPDX-License-Identifier: Apache-2.0
#include "wire/sql_scanner.hpp"

#include <algorithm>

namespace wire {
namespace {

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool begins_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_in_tag(char c) {
    return begins_word(c) || is_digit(c);
}

bool is_in_word(char c) {
    return is_in_tag(c) || c == '$';
}

char to_upper(char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Removes the quotes of an identifier: "a""b" is the name a"b.
std::string unquote(std::string_view quoted) {
    std::string name;
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        name += quoted[i];
        if (quoted[i] == '"') {
            ++i;
        }
    }
    return name;
}

}  // namespace

bool sql_token::is(std::string_view keyword) const {
    return kind == token_kind::word && text.size() == keyword.size() &&
           std::equal(text.begin(), text.end(), keyword.begin(),
                      [](char mine, char other) { return to_upper(mine) == other; });
}

std::string sql_token::name() const {
    if (kind == token_kind::identifier) {
        return unquote(text);
    }
    std::string name(text);
    std::transform(name.begin(), name.end(), name.begin(), to_lower);
    return name;
}

std::optional<sql_token> sql_scanner::next() {
    skip_blanks();
    if (at_ >= sql_.size()) {
        return std::nullopt;
    }
    const std::size_t begin = at_;
    const token_kind kind = scan();
    at_ = std::min(at_, sql_.size());
    return sql_token{.kind = kind, .text = sql_.substr(begin, at_ - begin), .offset = begin};
}

char sql_scanner::peek(std::size_t ahead) const {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
}

void sql_scanner::skip_blanks() {
    while (at_ < sql_.size()) {
        if (is_blank(peek())) {
            ++at_;
        } else if (peek() == '-' && peek(1) == '-') {
            at_ = std::min(sql_.find_first_of("\n\r", at_), sql_.size());
        } else if (peek() == '/' && peek(1) == '*') {
            skip_comment();
        } else {
            return;
        }
    }
}

// Skips a comment. Comments can be nested.
void sql_scanner::skip_comment() {
    int depth = 0;
    do {
        if (peek() == '/' && peek(1) == '*') {
            ++depth;
            at_ += 2;
        } else if (peek() == '*' && peek(1) == '/') {
            --depth;
            at_ += 2;
        } else {
            ++at_;
        }
    } while (depth > 0 && at_ < sql_.size());
}

token_kind sql_scanner::scan() {
    const char first = peek();
    if (first == '\'') {
        scan_quoted('\'', false);
        return token_kind::literal;
    }
    if (first == '"') {
        scan_quoted('"', false);
        return token_kind::identifier;
    }
    if (begins_word(first)) {
        return scan_word();
    }
    if (is_digit(first)) {
        while (is_in_tag(peek()) || peek() == '.') {
            ++at_;
        }
        return token_kind::literal;
    }
    if (first == '$' && scan_dollar_quoted()) {
        return token_kind::literal;
    }
    ++at_;
    return token_kind::symbol;
}

// Treats a doubled quote as the end of one string and the start of another, which gives the same
// end.
void sql_scanner::scan_quoted(char quote, bool has_escapes) {
    do {
        ++at_;
        while (at_ < sql_.size() && peek() != quote) {
            at_ += has_escapes && peek() == '\\' ? 2U : 1U;
        }
        ++at_;
    } while (peek() == quote);
}

bool sql_scanner::scan_dollar_quoted() {
    std::size_t end = at_ + 1;
    while (end < sql_.size() && is_in_tag(sql_[end])) {
        ++end;
    }
    if (end >= sql_.size() || sql_[end] != '$' || is_digit(peek(1))) {
        return false;
    }
    const std::string_view tag = sql_.substr(at_, end - at_ + 1);
    const std::size_t close = sql_.find(tag, end + 1);
    at_ = close == std::string_view::npos ? sql_.size() : close + tag.size();
    return true;
}

token_kind sql_scanner::scan_word() {
    const std::size_t begin = at_;
    while (is_in_word(peek())) {
        ++at_;
    }
    const std::string_view word = sql_.substr(begin, at_ - begin);
    if (word.size() == 1 && peek() == '\'') {  // a string such as E'text' or X'1F'
        scan_quoted('\'', to_upper(word[0]) == 'E');
        return token_kind::literal;
    }
    return token_kind::word;
}

}  // namespace wire
