// SPDX-License-Identifier: Apache-2.0
#include "login/startup_policy.hpp"

#include "login/startup_options.hpp"
#include "wire/error_response.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dsql_local {
namespace {

enum class treatment { forward, drop, refuse };

// As of 2026-11; lower case, with `_` where a command line may also write `-`.
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

// PostgreSQL does not know these, and without DSQL behind them they have nothing to do.
constexpr std::array<std::string_view, 2> dropped_settings = {"amzn_cluster_id",
                                                              "disable_sync_create_index"};

std::string normal_name(std::string_view name) {
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
bool holds(const std::array<std::string_view, count>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

treatment treatment_of(std::string_view name) {
    const std::string normal = normal_name(name);
    if (holds(dropped_settings, normal)) {
        return treatment::drop;
    }
    return holds(forwarded_settings, normal) ? treatment::forward : treatment::refuse;
}

login_refused setting_not_supported(const std::string& name) {
    return login_refused(
        {.sqlstate = "0A000",
         .message = "setting configuration parameter \"" + name + "\" not supported"});
}

startup_parameters admit_settings(const startup_parameters& settings) {
    startup_parameters admitted;
    for (const auto& setting : settings) {
        const treatment decision = treatment_of(setting.first);
        if (decision == treatment::refuse) {
            throw setting_not_supported(setting.first);
        }
        if (decision == treatment::forward) {
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
    } else if (name.compare(0, 5, "_pq_.") == 0) {
        admitted.parameters.emplace_back(name, value);
    } else {
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
        throw login_refused({.sqlstate = "28000",
                             .message = "no PostgreSQL user name specified in startup packet"});
    }
    if (admitted.database.empty()) {
        admitted.database = admitted.user;
    }
    // One named twice must not be checked as one and logged in as the other.
    admitted.parameters.insert(admitted.parameters.begin(),
                               {{"user", admitted.user}, {"database", admitted.database}});
    return admitted;
}

}  // namespace dsql_local
