// SPDX-License-Identifier: Apache-2.0
#include "proxy/compat_rules.hpp"

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace dsql_cli::proxy {

namespace {

constexpr std::string_view compat_rules_text =
#include "proxy/compat_rules.inc"
    ;

std::string trim_field(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(' ');
    return begin == std::string_view::npos
               ? std::string()
               : std::string(text.substr(begin, text.find_last_not_of(' ') - begin + 1));
}

std::vector<std::string> split_fields(const std::string& line, char separator) {
    std::vector<std::string> fields;
    std::istringstream rest(line);
    for (std::string field; std::getline(rest, field, separator);) {
        fields.push_back(trim_field(field));
    }
    return fields;
}

std::string lower(std::string_view text) {
    std::string folded(text);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return folded;
}

std::string without_quotes(std::string_view value) {
    const bool is_quoted = value.size() >= 2 && (value.front() == '\'' || value.front() == '"') &&
                           value.back() == value.front();
    return lower(is_quoted ? value.substr(1, value.size() - 2) : value);
}

}  // namespace

const compat_rules& compat_rules::get() {
    static const compat_rules rules(compat_rules_text);
    return rules;
}

compat_rules::compat_rules(std::string_view text) {
    constexpr std::size_t field_count = 5;
    std::istringstream lines{std::string(text)};
    std::map<std::string, compat_rule, std::less<>>* section = nullptr;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#') {
            continue;
        }
        if (line[0] == '[') {
            section = &sections_[line.substr(1, line.size() - 2)];
            continue;
        }
        const std::vector<std::string> fields = split_fields(line, '|');
        if (section == nullptr || fields.size() != field_count) {
            throw std::logic_error("compat_rules.inc has a line without five fields: " + line);
        }
        const compat_rule rule{.key = fields[0], .action = fields[1], .meaning = fields[4]};
        if (!section->emplace(fields[0], rule).second) {
            throw std::logic_error("compat_rules.inc lists " + fields[0] + " twice");
        }
    }
}

const compat_rule* compat_rules::find(std::string_view section, std::string_view key) const {
    const auto in = sections_.find(section);
    if (in == sections_.end()) {
        throw std::out_of_range("compat_rules.inc has no such section");
    }
    const auto found = in->second.find(key);
    return found == in->second.end() ? nullptr : &found->second;
}

bool compat_rules::has_key_with(std::string_view section, std::string_view word) const {
    const auto& keys = sections_.find(section)->second;
    const auto found = keys.lower_bound(word);
    return found != keys.end() && found->first.compare(0, word.size(), word) == 0;
}

const compat_rule* compat_rules::find_setting(std::string_view name, std::string_view value) const {
    const compat_rule* const rule = find("settings", lower(name));
    if (rule == nullptr || rule->action == "any") {
        return rule;
    }
    const std::vector<std::string> answered = split_fields(rule->action, ',');
    const bool is_answered =
        std::find(answered.begin(), answered.end(), without_quotes(value)) != answered.end();
    return is_answered ? rule : nullptr;
}

}  // namespace dsql_cli::proxy
