// SPDX-License-Identifier: Apache-2.0
#include "base/environment.hpp"

#include "base/text.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <vector>

namespace dsql::detail {

namespace {

std::string home_of_account() {
    std::vector<char> strings(1024);
    passwd entry{};
    passwd* found = nullptr;
    constexpr std::size_t enough = 1'048'576;
    while (getpwuid_r(getuid(), &entry, strings.data(), strings.size(), &found) == ERANGE &&
           strings.size() < enough) {
        strings.resize(strings.size() * 2);
    }
    return found == nullptr || found->pw_dir == nullptr ? std::string() : found->pw_dir;
}

}  // namespace

std::string environment_variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

std::string non_blank_variable(const char* name) {
    std::string value = environment_variable(name);
    return trim(value).empty() ? std::string() : value;
}

secret_string secret_variable(const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr || trim(value).empty() ? secret_string() : secret_string(value);
}

std::string home_directory() {
    std::string home = environment_variable("HOME");
    return home.empty() ? home_of_account() : home;
}

std::string expand_home(std::string_view path) {
    if (path == "~" || path.substr(0, 2) == "~/") {
        if (std::string home = home_directory(); !home.empty()) {
            return home.append(path.substr(1));
        }
    }
    return std::string(path);
}

}  // namespace dsql::detail
