// SPDX-License-Identifier: Apache-2.0
#include "command_line/command_description.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace command_line {

value_kind kind_of_value(const option_description& option) {
    if (option.value.empty()) {
        return value_kind::none;
    }
    constexpr std::array<std::pair<std::string_view, value_kind>, 4> kinds = {
        {{"FILE", value_kind::file},
         {"DIRECTORY", value_kind::directory},
         {"REGION", value_kind::region},
         {"PROFILE", value_kind::profile}}};
    for (const auto& [name, kind] : kinds) {
        if (option.value == name) {
            return kind;
        }
    }
    return value_kind::text;
}

std::string function_name(const std::vector<std::string>& path) {
    std::string name;
    for (const std::string& part : path) {
        name += (name.empty() ? "" : "_") + part;
    }
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

}  // namespace command_line
