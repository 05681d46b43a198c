// SPDX-License-Identifier: Apache-2.0
#include "command_line/completions.hpp"

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

std::string list_choices(const option_description& option) {
    std::string list;
    for (const std::string& choice : option.choices) {
        list += (list.empty() ? "" : " ") + choice;
    }
    return list;
}

std::string aws_regions() {
    return "af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 "
           "ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 "
           "ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 "
           "eu-north-1 eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 "
           "me-central-1 me-south-1 mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2";
}

}  // namespace command_line
