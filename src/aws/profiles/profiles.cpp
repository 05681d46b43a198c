// SPDX-License-Identifier: Apache-2.0
#include <dsql/profiles.hpp>

#include "aws/profiles/shared_files.hpp"

#include <iterator>
#include <utility>

namespace dsql {

namespace {

// Moves sections into maps of the type that the public API uses.
std::map<std::string, std::map<std::string, std::string>> plain(detail::profile_map&& sections) {
    std::map<std::string, std::map<std::string, std::string>> copy;
    for (auto& [name, settings] : sections) {
        copy[name] = {std::make_move_iterator(settings.begin()),
                      std::make_move_iterator(settings.end())};
    }
    return copy;
}

}  // namespace

shared_profiles::~shared_profiles() {
    detail::cleanse_sections(profiles);
    detail::cleanse_sections(sso_sessions);
}

shared_profiles load_profiles() {
    detail::shared_files files = detail::load_shared_files();
    return {.config_path = std::move(files.config_path),
            .credentials_path = std::move(files.credentials_path),
            .profiles = plain(std::move(files.profiles)),
            .sso_sessions = plain(std::move(files.sso_sessions))};
}

}  // namespace dsql
