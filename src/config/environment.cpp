// SPDX-License-Identifier: Apache-2.0
#include "config/environment.hpp"

#include <cstdlib>

namespace dsql::detail {

std::string environment_variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::string expand_home(std::string_view path) {
    if (path == "~" || path.substr(0, 2) == "~/") {
        return environment_variable("HOME").append(path.substr(1));
    }
    return std::string(path);
}

}  // namespace dsql::detail
