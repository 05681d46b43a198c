// SPDX-License-Identifier: Apache-2.0
#include "sql/setting_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

namespace dsql_local {
namespace {

constexpr std::string_view reserved_prefix = "dsql.";

refusal refuse_reserved(std::string_view name) {
    refusal refused = refuse("reserved setting", name);
    refused.detail = "\"dsql\" is a reserved prefix.";
    return refused;
}

}  // namespace

std::string fold_setting_name(std::string_view name) {
    std::string folded(name);
    std::transform(folded.begin(), folded.end(), folded.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return folded;
}

std::optional<bool> parse_boolean(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, bool>, 6> words = {{{"true", true},
                                                                         {"false", false},
                                                                         {"yes", true},
                                                                         {"no", false},
                                                                         {"on", true},
                                                                         {"off", false}}};
    const std::string folded = fold_setting_name(text);
    if (folded == "1" || folded == "0") {
        return folded == "1";
    }
    for (const auto& [word, value] : words) {
        const std::size_t least = word.front() == 'o' ? 2 : 1;  // "o" is ambiguous
        if (folded.size() >= least && word.substr(0, folded.size()) == folded) {
            return value;
        }
    }
    return std::nullopt;
}

std::optional<refusal> find_setting_refusal(std::string_view name, std::string_view value) {
    const std::string folded = fold_setting_name(name);
    const rule_fields* rule = dsql_rules::get().find("settings", folded);
    if (rule == nullptr) {
        return folded.compare(0, reserved_prefix.size(), reserved_prefix) == 0
                   ? refuse_reserved(name)
                   : refuse("setting", name);
    }
    if (rule->front() == "bool" && !value.empty() && !parse_boolean(value)) {
        return refuse("boolean setting", name);
    }
    return std::nullopt;
}

}  // namespace dsql_local
