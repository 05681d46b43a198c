// SPDX-License-Identifier: Apache-2.0
#include "proxy/statement_words.hpp"

#include <algorithm>

namespace dsql_cli::proxy {

namespace {

// Whether a call whose first word is at `at` stands directly in a list after SELECT or FROM.
bool begins_list_item(const token_list& words, std::size_t at) {
    std::size_t depth = 0;
    bool is_first = true;
    for (std::size_t i = at; i-- > 0; is_first = false) {
        if (words[i].is_symbol('(')) {
            if (depth == 0) {
                return false;
            }
            --depth;
        }
        depth += words[i].is_symbol(')') ? 1U : 0U;
        if (depth == 0 && is_any(words, i, {"SELECT", "FROM"})) {
            const bool is_comparison = i > 0 && is(words, i - 1, "DISTINCT");  // IS DISTINCT FROM
            return !is_comparison && (is_first || words[at - 1].is_symbol(','));
        }
        if (depth == 0 && is_any(words, i, {"WHERE", "ON", "BY", "HAVING", "VALUES", "SET"})) {
            return false;
        }
    }
    return false;
}

std::size_t mode_length(const token_list& words, std::size_t at) {
    if (is(words, at, "ISOLATION")) {
        return is(words, at + 2, "READ") || is(words, at + 2, "REPEATABLE") ? 4 : 3;
    }
    return is(words, at, "DEFERRABLE") ? 1 : 2;
}

}  // namespace

bool is(const token_list& words, std::size_t at, std::string_view keyword) {
    return at < words.size() && words[at].is(keyword);
}

bool is_symbol(const token_list& words, std::size_t at, char c) {
    return at < words.size() && words[at].is_symbol(c);
}

bool is_any(const token_list& words, std::size_t at,
            std::initializer_list<std::string_view> keywords) {
    return std::any_of(keywords.begin(), keywords.end(),
                       [&words, at](std::string_view keyword) { return is(words, at, keyword); });
}

std::string upper(std::string_view text) {
    std::string folded(text);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return folded;
}

std::string join_words(const token_list& words, std::size_t from, std::size_t to) {
    std::string text;
    for (std::size_t i = from; i < to; ++i) {
        text.append(i == from ? "" : " ").append(upper(words[i].text));
    }
    return text;
}

std::size_t find_closing(const token_list& words, std::size_t open) {
    std::size_t depth = 0;
    for (std::size_t i = open; i < words.size(); ++i) {
        depth += words[i].is_symbol('(') ? 1U : 0U;
        depth -= words[i].is_symbol(')') ? 1U : 0U;
        if (depth == 0) {
            return i;
        }
    }
    return std::string_view::npos;
}

std::string_view text_between(std::string_view sql, std::size_t begin, std::size_t end) {
    return sql.substr(begin, end - begin);
}

std::vector<std::string> split_arguments(std::string_view sql, const token_list& words,
                                         std::size_t open, std::size_t close) {
    std::vector<std::string> arguments;
    std::size_t begin = words[open].end();
    std::size_t depth = 0;
    for (std::size_t i = open + 1; i <= close; ++i) {
        const bool is_end = depth == 0 && (i == close || words[i].is_symbol(','));
        if (is_end && (i != close || i > open + 1)) {
            const std::string_view argument = text_between(sql, begin, words[i - 1].end());
            const std::size_t text = argument.find_first_not_of(" \t\r\n");
            arguments.emplace_back(text == std::string_view::npos ? "" : argument.substr(text));
            begin = words[i].end();
        }
        depth += words[i].is_symbol('(') || words[i].is_symbol('[') ? 1U : 0U;
        depth -= words[i].is_symbol(')') || words[i].is_symbol(']') ? 1U : 0U;
    }
    return arguments;
}

bool names_its_result(const token_list& words, std::size_t begin, std::size_t close) {
    const std::size_t next = close + 1;
    return begins_list_item(words, begin) &&
           (next == words.size() || is_symbol(words, next, ',') || is_symbol(words, next, ')') ||
            is_any(words, next, {"FROM", "WHERE", "UNION", "ORDER", "LIMIT"}));
}

bool is_about_functions(const token_list& words) {
    return is_any(words, 0, {"CREATE", "DROP", "ALTER", "COMMENT", "GRANT", "REVOKE"});
}

std::vector<transaction_mode> split_modes(const token_list& words, std::size_t from) {
    std::vector<transaction_mode> modes;
    for (std::size_t at = from; at < words.size();) {
        if (words[at].is_symbol(',')) {
            ++at;
            continue;
        }
        const std::size_t end = std::min(at + mode_length(words, at), words.size());
        modes.push_back({.words = join_words(words, at, end), .begin = at, .end = end});
        at = end;
    }
    return modes;
}

std::string take_setting_name(const token_list& words, std::size_t& at) {
    std::string name;
    while (at < words.size() && words[at].is_name()) {
        name += words[at++].name();
        if (!is_symbol(words, at, '.')) {
            break;
        }
        name += '.';
        ++at;
    }
    return name;
}

}  // namespace dsql_cli::proxy
