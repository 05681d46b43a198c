// SPDX-License-Identifier: Apache-2.0
#include "system/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <string_view>

namespace dsql_local {
namespace {

template <class Predicate>
std::vector<std::string> own_environment_where(Predicate keep_name) {
    std::vector<std::string> kept;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (keep_name(text.substr(0, text.find('=')))) {
            kept.emplace_back(text);
        }
    }
    return kept;
}

bool touches(const environment_changes& changes, std::string_view name) {
    return std::find(changes.unset.begin(), changes.unset.end(), name) != changes.unset.end() ||
           std::any_of(changes.set.begin(), changes.set.end(),
                       [name](const auto& entry) { return entry.first == name; });
}

}  // namespace

std::vector<std::string> changed_environment(const environment_changes& changes) {
    auto environment = own_environment_where(
        [&changes](std::string_view name) { return !touches(changes, name); });
    for (const auto& [name, value] : changes.set) {
        environment.emplace_back(name).append("=").append(value);
    }
    return environment;
}

std::vector<std::string> server_environment() {
    return own_environment_where([](std::string_view name) {
        return name.substr(0, 2) != "PG" && name.substr(0, 4) != "AWS_";
    });
}

std::string shell_quote(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'') {
            quoted += "'\\''";
        } else {
            quoted += c;
        }
    }
    return quoted + "'";
}

}  // namespace dsql_local
