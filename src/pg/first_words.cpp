// SPDX-License-Identifier: Apache-2.0
#include "pg/first_words.hpp"

#include "config/text.hpp"

#include <algorithm>

namespace dsql::detail {

namespace {

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// The text behind a comment that it begins with; comments may be nested.
std::string_view behind_comment(std::string_view text) {
    int depth = 0;
    while (!text.empty()) {
        const int step = text.starts_with("/*") ? 1 : text.starts_with("*/") ? -1 : 0;
        depth += step;
        text.remove_prefix(std::min<std::size_t>(text.size(), step == 0 ? 1 : 2));
        if (depth == 0) {
            break;
        }
    }
    return text;
}

std::string_view behind_space(std::string_view text) {
    while (!text.empty()) {
        if (is_space(text.front())) {
            text.remove_prefix(1);
        } else if (text.starts_with("--")) {
            text.remove_prefix(std::min(text.find('\n'), text.size()));
        } else if (text.starts_with("/*")) {
            text = behind_comment(text);
        } else {
            break;
        }
    }
    return text;
}

}  // namespace

std::vector<std::string> first_words(std::string_view statement, std::size_t count) {
    std::vector<std::string> words;
    words.reserve(count);
    std::string_view rest = behind_space(statement);
    while (words.size() < count && !rest.empty() && is_letter(rest.front())) {
        const auto end = std::find_if_not(rest.begin(), rest.end(), &is_letter);
        std::string word(rest.begin(), end);
        std::transform(word.begin(), word.end(), word.begin(), [](char c) {
            return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        });
        words.push_back(std::move(word));
        rest = behind_space(rest.substr(static_cast<std::size_t>(end - rest.begin())));
    }
    return words;
}

}  // namespace dsql::detail
