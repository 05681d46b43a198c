// SPDX-License-Identifier: Apache-2.0
#include "login/startup_policy.hpp"

#include "sql/dsql_rules.hpp"
#include "sql/setting_rules.hpp"
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

// DSQL knows these settings, PostgreSQL does not.
constexpr std::array<std::string_view, 2> dropped_settings = {"amzn_cluster_id",
                                                              "disable_sync_create_index"};

// Clients may write `-` for `_`.
std::string normalize_name(std::string_view name) {
    std::string normal = fold_setting_name(name);
    std::replace(normal.begin(), normal.end(), '-', '_');
    return normal;
}

bool is_dropped(const std::string& normal_name) {
    return std::find(dropped_settings.begin(), dropped_settings.end(), normal_name) !=
           dropped_settings.end();
}

login_error to_login_error(const refusal& refused) {
    return login_error(
        {.sqlstate = refused.sqlstate, .message = refused.message, .detail = refused.detail});
}

login_error setting_not_supported(const std::string& name) {
    return to_login_error(refuse("setting", name));
}

// Throws login_error. The message names the setting as the client has written it.
void require_setting(const std::string& name, const std::string& value) {
    const auto refused = find_setting_refusal(normalize_name(name), value);
    if (!refused) {
        return;
    }
    const bool is_known = dsql_rules::get().lists("settings", normalize_name(name));
    throw is_known || !refused->detail.empty() ? to_login_error(*refused)
                                               : setting_not_supported(name);
}

startup_parameters admit_settings(const startup_parameters& settings) {
    startup_parameters admitted;
    for (const auto& [name, value] : settings) {
        const std::string normal = normalize_name(name);
        if (normal != "amzn_cluster_id") {
            require_setting(name, value);
        }
        if (!is_dropped(normal)) {
            admitted.emplace_back(name, value);
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

// In the dialect of PostgreSQL: only what PostgreSQL does not know is left out.
void admit_any_parameter(const std::string& name, const std::string& value,
                         admitted_startup& admitted) {
    startup_parameters settings{{name, value}};
    if (name == "options") {
        settings = split_options(value).value_or(startup_parameters{});
        if (std::none_of(settings.begin(), settings.end(), [](const auto& setting) {
                return is_dropped(normalize_name(setting.first));
            })) {
            admitted.parameters.emplace_back(name, value);
            return;
        }
    }
    settings.erase(std::remove_if(settings.begin(), settings.end(),
                                  [](const auto& setting) {
                                      return is_dropped(normalize_name(setting.first));
                                  }),
                   settings.end());
    if (name == "options" && !settings.empty()) {
        settings = {{name, join_options(settings)}};
    }
    admitted.parameters.insert(admitted.parameters.end(), settings.begin(), settings.end());
}

void admit_parameter(const std::string& name, const std::string& value, sql_dialect dialect,
                     admitted_startup& admitted) {
    if (name == "user") {
        admitted.user = value;
    } else if (name == "database") {
        admitted.database = value;
    } else if (name.compare(0, 5, "_pq_.") == 0) {
        return;  // the session answers protocol options
    } else if (dialect == sql_dialect::postgres) {
        admit_any_parameter(name, value, admitted);
    } else if (name == "options") {
        const startup_parameters settings = admit_options(value);
        if (!settings.empty()) {
            admitted.parameters.emplace_back(name, join_options(settings));
        }
    } else {
        const startup_parameters setting = admit_settings({{name, value}});
        admitted.parameters.insert(admitted.parameters.end(), setting.begin(), setting.end());
    }
}

}  // namespace

admitted_startup admit_startup(const startup_message& message, sql_dialect dialect) {
    admitted_startup admitted;
    for (const auto& [name, value] : message.parameters) {
        admit_parameter(name, value, dialect, admitted);
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
