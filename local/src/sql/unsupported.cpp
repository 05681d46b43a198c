// SPDX-License-Identifier: Apache-2.0
#include "sql/unsupported.hpp"

#include "sql/ddl_objects.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace dsql_local {
namespace {

constexpr std::array<std::string_view, 4> unsupported_settings = {
    "default_transaction_isolation", "transaction_isolation", "lock_timeout", "statement_timeout"};

std::string not_supported(std::string_view name) {
    return std::string("setting configuration parameter \"").append(name) + "\" not supported";
}

std::string upper_case(std::string_view word) {
    std::string text(word);
    for (char& c : text) {
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return text;
}

// Returns the isolation level at `index`, which has one or two words.
std::string level_at(const statement_words& words, std::size_t index) {
    std::string level = upper_case(words.head()[index].text);
    if (words.at(index, {"READ", "REPEATABLE"}) && index + 1 < words.head().size()) {
        level.append(" ").append(upper_case(words.head()[index + 1].text));
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
    const bool is_unsupported = std::find(unsupported_settings.begin(), unsupported_settings.end(),
                                          name) != unsupported_settings.end();
    return is_unsupported && !words.at(at + 2, {"DEFAULT"}) ? not_supported(name) : "";
}

bool is_on_schema_public(const statement_words& words) {
    for (std::size_t i = 1; i < words.head().size(); ++i) {
        if (words.at(i, {"ON"}) && words.at(i + 1, {"SCHEMA"})) {
            const auto schemas = read_names(words, i + 2);
            return std::find(schemas.begin(), schemas.end(), "public") != schemas.end();
        }
    }
    return false;
}

// Returns the positions at which the actions of ALTER TABLE begin and end. Commas separate them,
// except within parentheses.
std::vector<std::pair<std::size_t, std::size_t>> find_actions(const statement_words& words,
                                                              std::size_t begin) {
    std::vector<std::pair<std::size_t, std::size_t>> actions;
    int depth = 0;
    for (std::size_t i = begin; i < words.head().size(); ++i) {
        const sql_token& token = words.head()[i];
        depth += static_cast<int>(token.is_symbol('(')) - static_cast<int>(token.is_symbol(')'));
        if (depth == 0 && token.is_symbol(',')) {
            actions.emplace_back(begin, i);
            begin = i + 1;
        }
    }
    actions.emplace_back(begin, words.head().size());
    return actions;
}

std::string find_unsupported_addition(const statement_words& words, std::size_t what,
                                      std::size_t end) {
    const std::size_t constraint = words.at(what, {"CONSTRAINT"}) ? what + 2 : what;
    if (words.at(constraint, {"FOREIGN"})) {
        return words.has_not_valid ? "" : "unsupported ALTER TABLE ADD CONSTRAINT statement";
    }
    if (words.at(constraint, {"CHECK", "UNIQUE", "PRIMARY", "EXCLUDE"})) {
        return "";
    }
    for (std::size_t i = what; i < end; ++i) {
        if (words.at(i, {"REFERENCES"})) {
            return "ALTER TABLE ADD COLUMN with constraint not supported";
        }
    }
    return "";
}

std::string find_unsupported_alteration(const statement_words& words) {
    const std::size_t table = skip_words(words, 2, {"IF", "EXISTS", "ONLY"});
    for (const auto& [begin, end] : find_actions(words, skip_qualified_name(words, table))) {
        if (words.at(begin, {"VALIDATE"})) {
            return "unsupported ALTER TABLE VALIDATE CONSTRAINT statement";
        }
        std::string found =
            words.at(begin, {"ADD"}) ? find_unsupported_addition(words, begin + 1, end) : "";
        if (!found.empty()) {
            return found;
        }
    }
    return "";
}

}  // namespace

std::string find_unsupported_setting(const statement_words& words) {
    if (words.at(0, {"BEGIN", "START"})) {
        return find_unsupported_level(words);
    }
    return words.at(0, {"SET"}) ? find_unsupported_set(words) : "";
}

std::string find_unsupported_statement(const statement_words& words) {
    if (words.has_unsupported_lock) {
        return "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported";
    }
    if (words.at(0, {"GRANT", "REVOKE"}) && is_on_schema_public(words)) {
        return "feature not supported on system entity";
    }
    if (words.at(0, {"ALTER"}) && words.at(1, {"TABLE"}) && !words.at(2, {"ASYNC"})) {
        return find_unsupported_alteration(words);
    }
    return "";
}

}  // namespace dsql_local
