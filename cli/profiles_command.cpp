// SPDX-License-Identifier: Apache-2.0
#include <dsql/profiles.hpp>

#include "commands.hpp"
#include "format.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <iostream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_cli {

namespace {

using settings_map = std::map<std::string, std::string>;
using section_map = std::map<std::string, settings_map>;

struct profiles_options {
    bool as_json = false;
    bool names_only = false;
    bool reveal = false;
};

constexpr std::string_view redacted = "<redacted>";

// Whether the value of a key may hold a secret. A credential_process may, because command lines can
// contain passwords.
bool is_secret(std::string_view key) {
    if (key.substr(0, key.find_last_not_of(" \t") + 1) == "web_identity_token_file") {
        return false;
    }
    const auto parts = {"credential_process", "secret",  "token",  "passw",
                        "passphrase",         "private", "bearer", "api_key"};
    return std::any_of(parts.begin(), parts.end(),
                       [key](const char* part) { return contains(key, part); });
}

std::string lower(std::string_view text) {
    std::string copy(text);
    std::transform(copy.begin(), copy.end(), copy.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return copy;
}

// Redacts the user part of a URL, which may hold a password: "https://<redacted>@host".
std::string redact_user_part(std::string_view line) {
    const std::size_t start = line.find("://");
    if (start == std::string_view::npos) {
        return std::string(line);
    }
    const std::size_t user = start + 3;
    const std::size_t end = std::min(line.find_first_of("/?# ", user), line.size());
    const std::size_t at = line.substr(0, end).rfind('@');
    if (at == std::string_view::npos || at < user) {
        return std::string(line);
    }
    return std::string(line.substr(0, user)).append(redacted).append(line.substr(at));
}

// Redacts one line of nested properties, "name = value".
std::string redact_line(std::string_view line) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || !is_secret(lower(line.substr(0, equals)))) {
        return redact_user_part(line);
    }
    return std::string(line.substr(0, equals + 1)).append(" ").append(redacted);
}

std::string redact(std::string_view key, std::string_view value) {
    if (is_secret(key)) {
        return std::string(value.empty() ? value : redacted);
    }
    std::string shown;
    while (true) {
        const std::size_t end = value.find('\n');
        shown += redact_line(value.substr(0, end));
        if (end == std::string_view::npos) {
            return shown;
        }
        shown += '\n';
        value.remove_prefix(end + 1);
    }
}

section_map redact(section_map sections) {
    for (auto& [name, settings] : sections) {
        for (auto& [key, value] : settings) {
            value = redact(key, value);
        }
    }
    return sections;
}

void print_json(const dsql::shared_profiles& files, bool reveal) {
    using json = nlohmann::json;
    const auto shown = [reveal](const section_map& sections) {
        return json(reveal ? sections : redact(sections));
    };
    const json document = {{"profiles", shown(files.profiles)},
                           {"sso_sessions", shown(files.sso_sessions)}};
    // The files are not always valid UTF-8.
    std::cout << escape_controls(document.dump(2, ' ', false, json::error_handler_t::replace))
              << '\n';
}

std::string value_of(const settings_map& settings, const char* key) {
    const auto found = settings.find(key);
    return found == settings.end() ? std::string() : found->second;
}

bool has(const settings_map& settings, const char* key) {
    return !value_of(settings, key).empty();
}

// Describes how a profile assumes a role; empty if it assumes none.
std::string describe_role_source(const settings_map& settings) {
    if (has(settings, "web_identity_token_file")) {
        return "role with a web identity token file";
    }
    if (has(settings, "role_arn") && has(settings, "source_profile")) {
        return "role, by way of profile " + value_of(settings, "source_profile");
    }
    if (has(settings, "role_arn") && has(settings, "credential_source")) {
        return "role, by way of " + value_of(settings, "credential_source");
    }
    return {};
}

std::string describe_own_source(const settings_map& settings) {
    if (has(settings, "aws_access_key_id") || has(settings, "aws_secret_access_key")) {
        return has(settings, "aws_session_token") ? "keys with a session token" : "keys";
    }
    if (has(settings, "credential_source")) {
        return value_of(settings, "credential_source");
    }
    if (has(settings, "sso_session")) {
        return "SSO session " + value_of(settings, "sso_session");
    }
    if (has(settings, "sso_start_url")) {
        return "SSO at " + value_of(settings, "sso_start_url");
    }
    if (has(settings, "login_session")) {
        return "aws login";
    }
    return has(settings, "credential_process") ? "a process" : "-";
}

// Describes where a profile's credentials come from.
std::string describe_source(const settings_map& settings) {
    const std::string role = describe_role_source(settings);
    return role.empty() ? describe_own_source(settings) : role;
}

void print_table(const dsql::shared_profiles& files) {
    constexpr std::string_view heading = "PROFILE";
    std::size_t width = heading.size();
    for (const auto& [name, settings] : files.profiles) {
        width = std::max(width, name.size());
    }
    const auto print = [width](std::string name, const std::string& source) {
        name.resize(width, ' ');
        std::cout << name << "  " << source << '\n';
    };
    print(std::string(heading), "CREDENTIALS");
    for (const auto& [name, settings] : files.profiles) {
        print(name, to_single_line(describe_source(settings)));
    }
}

void print_names(const dsql::shared_profiles& files) {
    for (const auto& [name, settings] : files.profiles) {
        std::cout << name << '\n';
    }
}

void print_profiles(const profiles_options& options) {
    const dsql::shared_profiles files = dsql::load_profiles();
    if (options.as_json) {
        print_json(files, options.reveal);
    } else if (options.names_only) {
        print_names(files);
    } else {
        print_table(files);
    }
    if (!std::cout.flush()) {
        throw std::runtime_error("cannot write the profiles to standard output");
    }
}

}  // namespace

void add_profiles_command(CLI::App& app) {
    const auto options = std::make_shared<profiles_options>();
    CLI::App* const profiles =
        app.add_subcommand("profiles", "Show the profiles of the shared AWS files, merged");
    CLI::Option* const json =
        profiles->add_flag("--json", options->as_json, "All settings, as JSON");
    profiles->add_flag("--names", options->names_only, "Only the names, one on each line")
        ->excludes(json);
    profiles->add_flag("--reveal", options->reveal, "Show secrets, which are <redacted> otherwise")
        ->needs(json);
    profiles->callback([options] { print_profiles(*options); });
}

}  // namespace dsql_cli
