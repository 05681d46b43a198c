// SPDX-License-Identifier: Apache-2.0
#include "login/startup_policy.hpp"

#include "wire/messages.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dsql_local {
namespace {

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::vector<std::string> split_at_spaces(std::string_view text) {
    std::vector<std::string> words;
    bool in_word = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_space(text[i])) {
            in_word = false;
            continue;
        }
        if (!in_word) {
            words.emplace_back();
            in_word = true;
        }
        if (text[i] == '\\' && i + 1 < text.size()) {
            ++i;
        }
        words.back() += text[i];
    }
    return words;
}

bool add_setting(std::string_view text, startup_parameters& settings) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) {
        return false;
    }
    settings.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    return true;
}

std::string escape(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        if (is_space(c) || c == '\\') {
            escaped += '\\';
        }
        escaped += c;
    }
    return escaped;
}

// Splits the startup parameter `options` into its settings: `-c name=value`, `-cname=value` or
// `--name=value`, with a backslash before white space within a value. Returns std::nullopt if it
// contains anything else.
std::optional<startup_parameters> split_options(std::string_view text) {
    const std::vector<std::string> words = split_at_spaces(text);
    startup_parameters settings;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        const bool is_setting = word.substr(0, 2) == "-c" || word.substr(0, 2) == "--";
        if (!is_setting) {
            return std::nullopt;
        }
        if (word == "-c") {
            if (++i == words.size()) {
                return std::nullopt;
            }
            word = words[i];
        } else {
            word.remove_prefix(2);
        }
        if (!add_setting(word, settings)) {
            return std::nullopt;
        }
    }
    return settings;
}

// Joins settings into a value of `options` that split_options() can split.
std::string join_options(const startup_parameters& settings) {
    std::string text;
    for (const auto& [name, value] : settings) {
        text.append(text.empty() ? "-c " : " -c ").append(escape(name)).append("=");
        text.append(escape(value));
    }
    return text;
}

enum class setting_policy { forward, drop, reject };

// The settings that DSQL accepted in November 2026. Lower case, with `_` where a client may also
// write
// `-`.
constexpr std::array<std::string_view, 17> forwarded_settings = {"application_name",
                                                                 "client_encoding",
                                                                 "datestyle",
                                                                 "extra_float_digits",
                                                                 "intervalstyle",
                                                                 "timezone",
                                                                 "search_path",
                                                                 "role",
                                                                 "enable_bitmapscan",
                                                                 "enable_hashjoin",
                                                                 "enable_indexonlyscan",
                                                                 "enable_indexscan",
                                                                 "enable_material",
                                                                 "enable_mergejoin",
                                                                 "enable_nestloop",
                                                                 "enable_seqscan",
                                                                 "dsql.enable_batched_nestloop"};

// DSQL knows these settings, PostgreSQL does not.
constexpr std::array<std::string_view, 2> dropped_settings = {"amzn_cluster_id",
                                                              "disable_sync_create_index"};

std::string normalize_name(std::string_view name) {
    std::string normal(name);
    for (char& c : normal) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        } else if (c == '-') {
            c = '_';
        }
    }
    return normal;
}

template <std::size_t count>
bool contains(const std::array<std::string_view, count>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

setting_policy policy_for(std::string_view name) {
    const std::string normal = normalize_name(name);
    if (contains(dropped_settings, normal)) {
        return setting_policy::drop;
    }
    return contains(forwarded_settings, normal) ? setting_policy::forward : setting_policy::reject;
}

login_error setting_not_supported(const std::string& name) {
    return login_error(
        {.sqlstate = "0A000",
         .message = "setting configuration parameter \"" + name + "\" not supported"});
}

startup_parameters admit_settings(const startup_parameters& settings) {
    startup_parameters admitted;
    for (const auto& setting : settings) {
        const setting_policy policy = policy_for(setting.first);
        if (policy == setting_policy::reject) {
            throw setting_not_supported(setting.first);
        }
        if (policy == setting_policy::forward) {
            admitted.push_back(setting);
        }
    }
    return admitted;
}

startup_parameters admit_options(const std::string& text) {
    const auto settings = split_options(text);
    if (!settings) {
        throw setting_not_supported("options");
    }
    return admit_settings(*settings);
}

void admit_parameter(const std::string& name, const std::string& value,
                     admitted_startup& admitted) {
    if (name == "user") {
        admitted.user = value;
    } else if (name == "options") {
        const startup_parameters settings = admit_options(value);
        if (!settings.empty()) {
            admitted.parameters.emplace_back(name, join_options(settings));
        }
    } else if (name == "database") {
        admitted.database = value;
    } else if (name.compare(0, 5, "_pq_.") != 0) {  // the session answers protocol options
        const startup_parameters setting = admit_settings({{name, value}});
        admitted.parameters.insert(admitted.parameters.end(), setting.begin(), setting.end());
    }
}

}  // namespace

admitted_startup admit_startup(const startup_message& message) {
    admitted_startup admitted;
    for (const auto& [name, value] : message.parameters) {
        admit_parameter(name, value, admitted);
    }
    if (admitted.user.empty()) {
        throw login_error({.sqlstate = "28000",
                           .message = "no PostgreSQL user name specified in startup packet"});
    }
    if (admitted.database.empty()) {
        admitted.database = admitted.user;
    }
    // Exactly one user and one database: the names that were checked must be the ones that
    // PostgreSQL uses, even if the client sent a parameter twice.
    admitted.parameters.insert(admitted.parameters.begin(),
                               {{"user", admitted.user}, {"database", admitted.database}});
    return admitted;
}

}  // namespace dsql_local
