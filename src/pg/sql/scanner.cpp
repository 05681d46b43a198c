// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/scanner.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstddef>

namespace dsql::pg {

namespace {

constexpr bool is_word_start(char c) noexcept {
    return detail::is_lower(detail::lower(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
constexpr bool is_word_part(char c) noexcept {
    return is_word_start(c) || detail::is_digit(c) || c == '$';
}
constexpr bool is_operator_part(char c) noexcept {
    return std::string_view("+-*/<>=~!@#%^&|`?:").find(c) != std::string_view::npos;
}

template <class Predicate>
std::size_t length_of_run(std::string_view text, Predicate belongs) noexcept {
    return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), belongs) -
                                    text.begin());
}

// Returns the length of the quoted text at the beginning of `text`. A doubled quote does not end
// it, nor does a quote after a backslash in an escape string.
std::size_t length_in_quotes(std::string_view text, bool backslash_escapes) noexcept {
    const char quote = text.front();
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (backslash_escapes && text[i] == '\\') {
            ++i;
        } else if (text[i] == quote) {
            if (i + 1 == text.size() || text[i + 1] != quote) {
                return i + 1;
            }
            ++i;
        }
    }
    return text.size();
}

}  // namespace

bool sql_token::is_word(std::string_view keyword) const noexcept {
    return what == kind::word &&
           std::equal(text.begin(), text.end(), keyword.begin(), keyword.end(),
                      [](char a, char b) { return detail::lower(a) == detail::lower(b); });
}

bool sql_token::is_any_word(std::initializer_list<std::string_view> keywords) const noexcept {
    return std::any_of(keywords.begin(), keywords.end(),
                       [this](std::string_view keyword) { return is_word(keyword); });
}

std::size_t sql_token::parameter_number() const noexcept {
    return what == kind::parameter ? detail::parse_number<std::size_t>(text.substr(1)).value_or(0)
                                   : 0;
}

sql_token sql_scanner::next() noexcept {
    skip_space_and_comments();
    if (rest_.empty()) {
        return {};
    }
    const char first = rest_.front();
    if (is_word_start(first)) {
        return take_word();
    }
    if (first == '\'') {
        return take(sql_token::kind::literal, length_in_quotes(rest_, false));
    }
    if (first == '"') {
        return take(sql_token::kind::name, length_in_quotes(rest_, false));
    }
    if (first == '$') {
        return take_after_dollar();
    }
    if (detail::is_digit(first)) {
        return take(sql_token::kind::literal,
                    length_of_run(rest_, [](char c) { return is_word_part(c) || c == '.'; }));
    }
    if (rest_.starts_with("::")) {
        return take(sql_token::kind::punctuation, 2);
    }
    if (is_operator_part(first)) {
        return take_operator();
    }
    return take(sql_token::kind::punctuation, 1);
}

void sql_scanner::skip_space_and_comments() noexcept {
    while (!rest_.empty()) {
        if (detail::is_space(rest_.front())) {
            rest_.remove_prefix(1);
        } else if (rest_.starts_with("--")) {
            rest_.remove_prefix(std::min(rest_.find_first_of("\n\r"), rest_.size()));
        } else if (rest_.starts_with("/*")) {
            skip_block_comment();
        } else {
            return;
        }
    }
}

// Comments may be nested.
void sql_scanner::skip_block_comment() noexcept {
    int depth = 0;
    do {
        const int step = rest_.starts_with("/*") ? 1 : rest_.starts_with("*/") ? -1 : 0;
        depth += step;
        rest_.remove_prefix(std::min<std::size_t>(rest_.size(), step == 0 ? 1 : 2));
    } while (depth > 0 && !rest_.empty());
}

sql_token sql_scanner::take(sql_token::kind what, std::size_t size) noexcept {
    const sql_token taken{what, rest_.substr(0, size)};
    rest_.remove_prefix(taken.text.size());
    return taken;
}

// A letter or U& may be the prefix of a string literal.
sql_token sql_scanner::take_word() noexcept {
    const std::size_t size = length_of_run(rest_, is_word_part);
    const std::string_view after = rest_.substr(size);
    if (size == 1 && after.starts_with('\'')) {
        const bool escapes = detail::lower(rest_.front()) == 'e';
        return take(sql_token::kind::literal, size + length_in_quotes(after, escapes));
    }
    if (size == 1 && (after.starts_with("&'") || after.starts_with("&\""))) {
        const auto what = after[1] == '"' ? sql_token::kind::name : sql_token::kind::literal;
        return take(what, size + 1 + length_in_quotes(after.substr(1), false));
    }
    return take(sql_token::kind::word, size);
}

sql_token sql_scanner::take_after_dollar() noexcept {
    const std::string_view after = rest_.substr(1);
    if (!after.empty() && detail::is_digit(after.front())) {
        return take(sql_token::kind::parameter, 1 + length_of_run(after, detail::is_digit));
    }
    const std::size_t tag =
        length_of_run(after, [](char c) { return is_word_start(c) || detail::is_digit(c); });
    if (tag == after.size() || after[tag] != '$') {
        return take(sql_token::kind::punctuation, 1);
    }
    const std::string_view delimiter = rest_.substr(0, tag + 2);
    const std::size_t end = rest_.find(delimiter, delimiter.size());
    return take(sql_token::kind::literal,
                end == std::string_view::npos ? rest_.size() : end + delimiter.size());
}

// A comment ends an operator. A trailing sign belongs to the operator only if that contains certain
// other characters: `=-` is two operators.
sql_token sql_scanner::take_operator() noexcept {
    std::size_t size = length_of_run(rest_, is_operator_part);
    std::string_view run = rest_.substr(0, size);
    size = std::min({size, run.find("--", 1), run.find("/*", 1)});
    run = run.substr(0, size);
    if (run.find_first_of("~!@#%^&|`?") == std::string_view::npos) {
        while (size > 1 && (rest_[size - 1] == '+' || rest_[size - 1] == '-')) {
            --size;
        }
    }
    return take(sql_token::kind::operation, size);
}

}  // namespace dsql::pg
