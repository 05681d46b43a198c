// SPDX-License-Identifier: Apache-2.0
#include "login/startup_policy.hpp"

#include "sql/dsql_rules.hpp"
#include "sql/setting_rules.hpp"
#include "wire/messages.hpp"
#include "wire/startup_options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dsql_local {
namespace {

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

wire::login_error to_login_error(const refusal& refused) {
    return wire::login_error(
        {.sqlstate = refused.sqlstate, .message = refused.message, .detail = refused.detail});
}

wire::login_error setting_not_supported(const std::string& name) {
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

wire::startup_parameters admit_settings(const wire::startup_parameters& settings) {
    wire::startup_parameters admitted;
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

wire::startup_parameters admit_options(const std::string& text) {
    const auto settings = wire::split_options(text);
    if (!settings) {
        throw setting_not_supported("options");
    }
    return admit_settings(*settings);
}

// In the dialect of PostgreSQL: only what PostgreSQL does not know is left out.
void admit_any_parameter(const std::string& name, const std::string& value,
                         admitted_startup& admitted) {
    wire::startup_parameters settings{{name, value}};
    if (name == "options") {
        settings = wire::split_options(value).value_or(wire::startup_parameters{});
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
        settings = {{name, wire::join_options(settings)}};
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
        const wire::startup_parameters settings = admit_options(value);
        if (!settings.empty()) {
            admitted.parameters.emplace_back(name, wire::join_options(settings));
        }
    } else {
        const wire::startup_parameters setting = admit_settings({{name, value}});
        admitted.parameters.insert(admitted.parameters.end(), setting.begin(), setting.end());
    }
}

}  // namespace

admitted_startup admit_startup(const wire::startup_message& message, sql_dialect dialect) {
    admitted_startup admitted;
    for (const auto& [name, value] : message.parameters) {
        admit_parameter(name, value, dialect, admitted);
    }
    if (admitted.user.empty()) {
        throw wire::login_error({.sqlstate = "28000",
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
