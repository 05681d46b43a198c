// SPDX-License-Identifier: Apache-2.0
#include <dsql/profiles.hpp>

#include "aws/shared_files/shared_files.hpp"
#include "base/secret.hpp"

#include <map>
#include <string>

namespace dsql {

namespace {

using plain_sections = std::map<std::string, std::map<std::string, std::string>>;

// Copies sections into maps of the type that the public API uses.
plain_sections plain(const aws::profile_map& sections) {
    plain_sections copy;
    for (const auto& [name, settings] : sections) {
        auto& section = copy[name];
        for (const auto& [key, value] : settings) {
            section[key] = value;
        }
    }
    return copy;
}

void cleanse_sections(plain_sections& sections) noexcept {
    for (auto& [name, settings] : sections) {
        for (auto& [key, value] : settings) {
            detail::cleanse(value);
        }
    }
}

}  // namespace

shared_profiles::~shared_profiles() {
    cleanse_sections(profiles);
    cleanse_sections(sso_sessions);
}

shared_profiles load_profiles() {
    const aws::shared_files files = aws::load_shared_files();
    return {.config_path = files.config_path,
            .credentials_path = files.credentials_path,
            .profiles = plain(files.profiles),
            .sso_sessions = plain(files.sso_sessions)};
}

}  // namespace dsql
