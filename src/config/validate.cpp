// SPDX-License-Identifier: Apache-2.0
#include "config/validate.hpp"

#include <dsql/error.hpp>
#include <dsql/version.hpp>

#include "base/text.hpp"

#include <algorithm>
#include <string>

namespace dsql::detail {

namespace {

// PostgreSQL silently truncates names to 63 bytes. DSQL accepts application names of up to 64.
constexpr std::size_t max_identifier_length = 63;
constexpr std::size_t max_application_name_length = 64;
constexpr std::chrono::seconds max_token_duration{604'800};

void check_name(std::string_view name, const char* what) {
    if (name.empty()) {
        throw config_error("config: " + std::string(what) + " is empty");
    }
    if (name.size() > max_identifier_length) {
        throw config_error("config: " + std::string(what) + " " + in_quotes(name) + " has " +
                           std::to_string(name.size()) + " bytes; PostgreSQL allows 63");
    }
    check_plain(name, "config: " + std::string(what));
}

bool is_prefix_character(char c) {
    return is_digit(c) || is_lower(lower(c)) || c == '-' || c == '_' || c == '.';
}

void check_orm_prefix(const config& settings) {
    const std::string& prefix = settings.orm_prefix;
    if (!std::all_of(prefix.begin(), prefix.end(), is_prefix_character)) {
        throw config_error("config: orm_prefix " + in_quotes(prefix) +
                           " may hold only letters, digits, '-', '_' and '.'");
    }
}

// The server would replace all other characters by question marks.
void check_application_name(std::string_view name) {
    if (name.size() > max_application_name_length) {
        throw config_error("config: the application name " + in_quotes(name) + " has " +
                           std::to_string(name.size()) + " characters; Aurora DSQL allows 64");
    }
    if (!std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
        throw config_error("config: the application name may hold only printable ASCII characters");
    }
}

}  // namespace

void check_plain(std::string_view text, std::string_view where) {
    const auto* const bad = std::find_if(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < ' ' || c == '\x7f';
    });
    if (bad == text.end()) {
        return;
    }
    const std::string place = " at position " + std::to_string(bad - text.begin() + 1);
    throw config_error(std::string(where) + " holds " +
                       (*bad == '\0' ? "a zero byte" : "a control character") + place);
}

void check_port(int port, std::string_view where) {
    if (port < 1 || port > 65535) {
        throw config_error(std::string(where) + ": port " + std::to_string(port) +
                           " is out of range; it must be from 1 to 65535");
    }
}

void check_token_duration(std::chrono::seconds duration, std::string_view where) {
    if (duration < std::chrono::seconds(1) || duration > max_token_duration) {
        throw config_error(std::string(where) + " " + std::to_string(duration.count()) +
                           " s is out of range; it must be from 1 s to 604800 s (one week)");
    }
}

void check_connect_timeout(std::chrono::milliseconds timeout, std::string_view where) {
    if (timeout <= std::chrono::milliseconds(0)) {
        throw config_error(std::string(where) + ": connect_timeout must be more than zero");
    }
}

void check_command_timeout(std::chrono::milliseconds timeout, std::string_view where) {
    if (timeout < std::chrono::milliseconds(0)) {
        throw config_error(std::string(where) +
                           ": command_timeout is negative; 0 means that there is none");
    }
}

std::string application_name(const config& settings) {
    std::string name = settings.orm_prefix.empty() ? "" : settings.orm_prefix + ":";
    if (!settings.application_name.empty()) {
        return name + settings.application_name;
    }
    return name.append("aurora-dsql-cpp-libpq/").append(version);
}

void check_connect_settings(const connect_settings& settings) {
    check_name(settings.user, "user");
    check_name(settings.database, "database");
    check_application_name(settings.application_name);
    check_plain(settings.search_path, "config: search_path");
}

void check_config(const config& settings) {
    check_name(settings.user, "user");
    check_name(settings.database, "database");
    check_token_duration(settings.token_duration, "config: token_duration");
    if (settings.connect_timeout) {
        check_connect_timeout(*settings.connect_timeout, "config");
    }
    check_command_timeout(settings.command_timeout, "config");
    check_plain(settings.profile, "config: profile");
    check_orm_prefix(settings);
    check_application_name(application_name(settings));
    check_plain(settings.search_path, "config: search_path");
}

}  // namespace dsql::detail
