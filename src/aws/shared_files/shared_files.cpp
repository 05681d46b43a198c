// SPDX-License-Identifier: Apache-2.0
#include "aws/shared_files/shared_files.hpp"

#include <dsql/error.hpp>

#include "base/environment.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

namespace dsql::aws {

namespace {

// How long a pipe may take to get a writer. A shell starts the command of <(command) before the
// program, but other writers may start later.
constexpr std::chrono::seconds writer_wait{5};

std::string path_of(const char* variable, const char* fallback) {
    const std::string named = detail::environment_variable(variable);
    return detail::expand_home(detail::trim(named).empty() ? std::string_view(fallback) : named);
}

secret_string read_text(const std::string& path, const call_limits& limits) {
    try {
        return detail::read_file(
            path,
            {.max_size = detail::longest_file, .may_be_device = true, .writer_wait = writer_wait},
            limits);
    } catch (const detail::unreadable_file& failure) {
        if (failure.is_missing()) {
            return {};
        }
        constexpr std::size_t longest = 1'024;
        throw credentials_error("cannot read " + detail::shortened(path, longest) + ": " +
                                failure.what());
    }
}

shared_sections load(const std::string& path, shared_file kind, const call_limits& limits) {
    return parse_shared_file(read_text(path, limits), kind, path);
}

}  // namespace

profile_map merge_profiles(profile_map config, const profile_map& credentials) {
    for (const auto& [name, settings] : credentials) {
        profile_settings& merged = config[name];
        for (const auto& [key, value] : settings) {
            merged.insert_or_assign(key, value);
        }
    }
    return config;
}

shared_files load_shared_files(const call_limits& limits) {
    shared_files files;
    files.config_path = path_of("AWS_CONFIG_FILE", "~/.aws/config");
    files.credentials_path = path_of("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    shared_sections config = load(files.config_path, shared_file::config, limits);
    const shared_sections credentials =
        load(files.credentials_path, shared_file::credentials, limits);
    files.profiles = merge_profiles(std::move(config.profiles), credentials.profiles);
    files.sso_sessions = std::move(config.sso_sessions);
    files.services = std::move(config.services);
    return files;
}

std::optional<std::string> named_profile() {
    for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
        std::string profile(detail::trim(detail::environment_variable(name)));
        if (!profile.empty()) {
            return profile;
        }
    }
    return std::nullopt;
}

std::string selected_profile() {
    return named_profile().value_or("default");
}

}  // namespace dsql::aws
