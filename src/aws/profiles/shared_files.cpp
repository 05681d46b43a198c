// SPDX-License-Identifier: Apache-2.0
#include "aws/profiles/shared_files.hpp"

#include <dsql/error.hpp>

#include "aws/profiles/wipe_sections.hpp"
#include "aws/wipe.hpp"
#include "config/environment.hpp"
#include "config/text.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

namespace dsql::detail {

namespace {

constexpr std::size_t max_file_size = 16'777'216;

// The text of a file that may hold secrets.
class secret_text {
public:
    secret_text() = default;
    secret_text(const secret_text&) = delete;
    secret_text& operator=(const secret_text&) = delete;
    ~secret_text() { wipe(text); }

    std::string text{};
};

std::string path_of(const char* variable, const char* fallback) {
    const std::string named = environment_variable(variable);
    return expand_home(trim(named).empty() ? std::string_view(fallback) : named);
}

[[noreturn]] void fail_to_read(const std::string& path) {
    throw credentials_error("cannot read " + path + ": " + std::generic_category().message(errno));
}

void append(std::string& text, std::string_view part, const std::string& path) {
    if (text.size() + part.size() > max_file_size) {
        throw credentials_error("cannot read " + path +
                                ": it is larger than 16 MiB, so it is no file of profiles");
    }
    append_secret(text, part);
}

void read_file(const std::string& path, secret_text& into) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                               &std::fclose);
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) {
            return;
        }
        fail_to_read(path);
    }
    // Our buffer is the only one, so that it can be wiped.
    std::setvbuf(file.get(), nullptr, _IONBF, 0);
    secret_text part;
    part.text.resize(16'384);
    while (const std::size_t size = std::fread(part.text.data(), 1, part.text.size(), file.get())) {
        append(into.text, std::string_view(part.text).substr(0, size), path);
    }
    if (std::ferror(file.get()) != 0) {
        fail_to_read(path);
    }
}

shared_sections load(const std::string& path, shared_file kind) {
    secret_text file;
    read_file(path, file);
    return parse_shared_file(file.text, kind, path);
}

}  // namespace

shared_files::~shared_files() {
    wipe_sections(profiles);
    wipe_sections(sso_sessions);
}

profile_map merge_profiles(profile_map config, const profile_map& credentials) {
    for (const auto& [name, settings] : credentials) {
        profile_settings& merged = config[name];
        for (const auto& [key, value] : settings) {
            merged.insert_or_assign(key, value);
        }
    }
    return config;
}

shared_files load_shared_files() {
    shared_files files;
    files.config_path = path_of("AWS_CONFIG_FILE", "~/.aws/config");
    files.credentials_path = path_of("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    shared_sections config = load(files.config_path, shared_file::config);
    const shared_sections credentials = load(files.credentials_path, shared_file::credentials);
    files.profiles = merge_profiles(std::move(config.profiles), credentials.profiles);
    files.sso_sessions = std::move(config.sso_sessions);
    files.services = std::move(config.services);
    return files;
}

std::optional<std::string> named_profile() {
    for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
        std::string profile(trim(environment_variable(name)));
        if (!profile.empty()) {
            return profile;
        }
    }
    return std::nullopt;
}

std::string selected_profile() {
    return named_profile().value_or("default");
}

}  // namespace dsql::detail
