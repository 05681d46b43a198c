// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>
#include <dsql/token.hpp>

#include "doctor/checks.hpp"

#include <cstdlib>

namespace dsql_cli::doctor {

namespace {

bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

// By the order in which `resolve_endpoint` looks.
std::string region_source(const dsql::config& settings, const dsql::endpoint& place) {
    if (!settings.region.empty()) {
        return "--region";
    }
    if (settings.host.find('.') != std::string::npos &&
        place.host.ends_with("." + place.region + ".on.aws")) {
        return "the host name";
    }
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        if (is_set(variable)) {
            return variable;
        }
    }
    return "the profile";
}

std::string address_text(const dsql::config& settings, const dsql::endpoint& place) {
    if (place.host_address.empty()) {
        return {};
    }
    return ", address " + place.host_address +
           (settings.host_address.empty() ? " (from DSQL_HOST_ADDRESS)" : " (from --host-address)");
}

}  // namespace

findings check_config(examination& seen) {
    const dsql::config& settings = seen.asked.settings;
    try {
        seen.place = dsql::resolve_endpoint(settings);
        // Looks at the other settings too, and asks for nothing yet.
        const dsql::token_generator checked(settings, seen.place);
    } catch (const dsql::error& failure) {
        return {{.result = outcome::failed,
                 .summary = failure.what(),
                 .advice = "correct the option, variable or file it names; the host is that of the "
                           "cluster's page in the AWS console, <id>.dsql.<region>.on.aws"}};
    }
    const dsql::endpoint& place = seen.place;
    const std::string source = region_source(settings, place);
    return {{.summary = "host " + place.host + ", region " + place.region + " (from " + source +
                        "), port " + std::to_string(place.port) + address_text(settings, place) +
                        ", user " + settings.user + ", database " + settings.database,
             .facts = {{"host", place.host},
                       {"region", place.region},
                       {"region_source", source},
                       {"port", static_cast<long long>(place.port)},
                       {"host_address", place.host_address},
                       {"user", settings.user},
                       {"database", settings.database}}}};
}

}  // namespace dsql_cli::doctor
