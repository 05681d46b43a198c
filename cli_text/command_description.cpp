// SPDX-License-Identifier: Apache-2.0
#include "cli_text/command_description.hpp"

#include <algorithm>

namespace cli_text {

value_kind kind_of_value(const option_description& option) {
    if (option.value.empty()) {
        return value_kind::none;
    }
    if (option.value == "FILE") {
        return value_kind::file;
    }
    return option.value == "DIRECTORY" ? value_kind::directory : value_kind::text;
}

std::string function_name(const std::vector<std::string>& path) {
    std::string name;
    for (const std::string& part : path) {
        name += (name.empty() ? "" : "_") + part;
    }
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

}  // namespace cli_text
