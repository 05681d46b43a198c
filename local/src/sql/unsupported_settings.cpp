// SPDX-License-Identifier: Apache-2.0
#include "sql/unsupported_settings.hpp"

#include <algorithm>
#include <array>

namespace dsql_local {
namespace {

constexpr std::array<std::string_view, 4> refused_settings = {
    "default_transaction_isolation", "transaction_isolation", "lock_timeout", "statement_timeout"};

std::string not_supported(std::string_view name) {
    return std::string("setting configuration parameter \"").append(name) + "\" not supported";
}

std::string capitals(std::string_view word) {
    std::string text(word);
    for (char& c : text) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return text;
}

// SERIALIZABLE, or the two words of the others.
std::string level_at(const statement_words& words, std::size_t index) {
    std::string level = capitals(words.head()[index].text);
    if (words.at(index, {"READ", "REPEATABLE"}) && index + 1 < words.head().size()) {
        level.append(" ").append(capitals(words.head()[index + 1].text));
    }
    return level;
}

std::string find_unsupported_level(const statement_words& words) {
    for (std::size_t i = 1; i + 2 < words.head().size(); ++i) {
        if (words.at(i, {"ISOLATION"}) && words.at(i + 1, {"LEVEL"}) &&
            words.head()[i + 2].kind == token_kind::word) {
            std::string level = level_at(words, i + 2);
            return level == "REPEATABLE READ" ? ""
                                              : level.insert(0, "Unsupported isolation level: ");
        }
    }
    return "";
}

std::string find_unsupported_set(const statement_words& words) {
    const std::size_t at = words.at(1, {"SESSION", "LOCAL"}) ? 2 : 1;
    const bool assigns = at + 2 < words.head().size() &&
                         (words.at(at + 1, {"TO"}) || words.head()[at + 1].is_symbol('='));
    if (!assigns) {
        return words.at(at, {"TRANSACTION", "CHARACTERISTICS"}) ? not_supported("TRANSACTION") : "";
    }
    const std::string name = words.head()[at].name();
    const bool is_refused =
        std::find(refused_settings.begin(), refused_settings.end(), name) != refused_settings.end();
    return is_refused && !words.at(at + 2, {"DEFAULT"}) ? not_supported(name) : "";
}

}  // namespace

std::string find_unsupported_setting(const statement_words& words) {
    if (words.at(0, {"BEGIN", "START"})) {
        return find_unsupported_level(words);
    }
    return words.at(0, {"SET"}) ? find_unsupported_set(words) : "";
}

}  // namespace dsql_local
