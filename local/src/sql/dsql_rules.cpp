// SPDX-License-Identifier: Apache-2.0
#include "sql/dsql_rules.hpp"

#include <cstddef>
#include <stdexcept>

namespace dsql_local {
namespace {

constexpr std::string_view rules_text =
#include "sql/dsql_rules.inc"
    ;

std::string_view trim(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// Takes the text up to `separator` from the front of `text`.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = text.find(separator);
    const std::string_view taken = trim(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return taken;
}

}  // namespace

const dsql_rules& dsql_rules::get() {
    static const dsql_rules rules(rules_text);
    return rules;
}

dsql_rules::dsql_rules(std::string_view text) {
    std::string current;
    while (!text.empty()) {
        std::string_view line = take(text, '\n');
        if (line.empty() || line.front() == '#') {
            continue;
        }
        if (line.front() == '[') {
            current = line.substr(1, line.size() - 2);
            sections_[current];
            continue;
        }
        const std::string key(take(line, '|'));
        rule_fields fields;
        while (!line.empty()) {
            fields.emplace_back(take(line, '|'));
        }
        if (!sections_[current].emplace(key, fields).second) {
            throw std::logic_error("dsql_rules.inc lists " + key + " twice");
        }
    }
}

const std::map<std::string, rule_fields, std::less<>>& dsql_rules::section(
    std::string_view name) const {
    const auto found = sections_.find(name);
    if (found == sections_.end()) {
        throw std::out_of_range("dsql_rules.inc has no section " + std::string(name));
    }
    return found->second;
}

const rule_fields* dsql_rules::find(std::string_view section_name, std::string_view key) const {
    const auto& rules = section(section_name);
    const auto found = rules.find(key);
    return found == rules.end() ? nullptr : &found->second;
}

refusal dsql_rules::clause(std::string_view place, std::string_view name) const {
    const rule_fields* fields = find("clauses", place);
    if (fields == nullptr) {
        throw std::out_of_range("dsql_rules.inc has no clause " + std::string(place));
    }
    return make_refusal(fields->front(), name);
}

refusal refuse(std::string_view place, std::string_view name) {
    return dsql_rules::get().clause(place, name);
}

refusal make_refusal(std::string_view verdict, std::string_view name) {
    const std::size_t space = verdict.find(' ');
    refusal made{.sqlstate = std::string(verdict.substr(0, space)),
                 .message = std::string(verdict.substr(space + 1))};
    if (const std::size_t at = made.message.find("{}"); at != std::string::npos) {
        made.message.replace(at, 2, name);
    }
    return made;
}

}  // namespace dsql_local
