// SPDX-License-Identifier: Apache-2.0
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>
#include <dsql/token.hpp>

#include "doctor/checks.hpp"
#include "doctor/libpq_features.hpp"
#include "doctor/tls_handshake.hpp"
#include "format.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

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
           (settings.host_address ? " (from --host-address)" : " (from DSQL_HOST_ADDRESS)");
}

// The library's words name fields of dsql::config; here they are options.
const char* advice_for(std::string_view problem) {
    if (contains(problem, "no region")) {
        return "give --region, or set AWS_REGION, or region in the profile; the host of a "
               "cluster's page in the AWS console, <id>.dsql.<region>.on.aws, names it too";
    }
    if (contains(problem, "contradicts the region")) {
        return "leave --region out, or correct it or --host";
    }
    if (contains(problem, "is an IP address")) {
        return "give the cluster's name as --host and the address as --host-address";
    }
    if (contains(problem, "config: host ")) {
        return "give as --host what the cluster's page in the AWS console shows, "
               "<id>.dsql.<region>.on.aws, and --port apart from it";
    }
    return "correct the option, variable or file that it names";
}

finding of_bad_roots(const std::string& problem, const dsql::config& settings) {
    return {.result = outcome::failed,
            .summary = (settings.ssl_root_cert.empty() && is_set("DSQL_SSL_ROOT_CERT")
                            ? "environment variable DSQL_SSL_ROOT_CERT: "
                            : "") +
                       problem,
            .advice =
                "give by --ssl-root-cert, or DSQL_SSL_ROOT_CERT, a PEM file of the "
                "authorities to trust, or \"system\" for those of this machine (package "
                "ca-certificates)"};
}

}  // namespace

findings check_config(doctor_context& seen) {
    const dsql::config& settings = seen.asked.settings;
    try {
        seen.place = dsql::resolve_endpoint(settings);
        // Looks at the other settings too, and asks for nothing yet.
        const dsql::token_generator checked(settings, seen.place);
    } catch (const dsql::error& failure) {
        return {{.result = outcome::failed,
                 .summary = failure.what(),
                 .advice = advice_for(failure.what())}};
    }
    try {
        seen.roots =
            dsql::root_certificate(seen.place.ssl_root_cert, libpq_knows_system_trust_store());
        check_trust_roots(seen.roots);
    } catch (const std::runtime_error& failure) {
        return {of_bad_roots(failure.what(), settings)};
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
