// SPDX-License-Identifier: Apache-2.0
#include <dsql/endpoint.hpp>
#include <dsql/error.hpp>
#include <dsql/token.hpp>

#include "doctor/checks.hpp"
#include "doctor/private_link.hpp"
#include "doctor/tls_handshake.hpp"
#include "format.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace dsql_cli::doctor {

namespace {

bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

// Looks in the same order as `resolve_endpoint`.
std::string region_source(const dsql::config& settings, const dsql::endpoint& endpoint) {
    if (!settings.region.empty()) {
        return "--region";
    }
    if (settings.host.find('.') != std::string::npos &&
        endpoint.host.ends_with("." + endpoint.region + ".on.aws")) {
        return "the host name";
    }
    for (const char* variable : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        if (is_set(variable)) {
            return variable;
        }
    }
    return "the profile";
}

std::string format_host_address(const dsql::config& settings, const dsql::endpoint& endpoint) {
    if (endpoint.host_address.empty()) {
        return {};
    }
    return ", address " + endpoint.host_address +
           (settings.host_address ? " (from --host-address)" : " (from DSQL_HOST_ADDRESS)");
}

// The library's messages name fields of dsql::config; this advice names the options of `dsql`.
std::string advice_for(std::string_view problem, const dsql::config& settings) {
    if (contains(problem, "is the name of a PrivateLink endpoint")) {
        const auto link = parse_private_link_name(settings.host);
        return "give --host " +
               private_link_host("<id>",
                                 link.value_or(private_link_name{"<service>", "<region>"})) +
               " --host-address " + settings.host + ", with the cluster's identifier as <id>";
    }
    if (contains(problem, "host_address")) {
        return "give as --host-address an address or a name alone, and the port as --port";
    }
    if (contains(problem, "no region")) {
        return "give --region, or set AWS_REGION, or region in the profile; the host of a "
               "cluster's page in the AWS console, <id>.dsql.<region>.on.aws, also contains it";
    }
    if (contains(problem, "contradicts the region")) {
        return "leave --region out, or correct it or --host";
    }
    if (contains(problem, "is an IP address")) {
        return "give the cluster's name as --host and the address as --host-address";
    }
    if (contains(problem, "config: host ")) {
        return "give as --host what the cluster's page in the AWS console shows, "
               "<id>.dsql.<region>.on.aws, and the port as --port";
    }
    return "correct the option, variable or file that it names";
}

finding describe_trust_store_error(const std::string& problem, const dsql::config& settings) {
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

findings check_config(doctor_context& context) {
    const dsql::config& settings = context.options.settings;
    try {
        context.endpoint = dsql::resolve_endpoint(settings);
        // The constructor checks the other settings and fetches no credentials yet.
        const dsql::token_generator checked(settings, context.endpoint);
    } catch (const dsql::error& error) {
        return {{.result = outcome::failed,
                 .summary = error.what(),
                 .advice = advice_for(error.what(), settings)}};
    }
    try {
        context.roots =
            dsql::root_certificate(context.endpoint.ssl_root_cert, libpq_has_system_trust_store());
        check_trust_roots(context.roots);
    } catch (const std::runtime_error& error) {
        return {describe_trust_store_error(error.what(), settings)};
    }
    const dsql::endpoint& endpoint = context.endpoint;
    const std::string source = region_source(settings, endpoint);
    findings found{{.summary = "host " + endpoint.host + ", region " + endpoint.region + " (from " +
                               source + "), port " + std::to_string(endpoint.port) +
                               format_host_address(settings, endpoint) + ", user " + settings.user +
                               ", database " + settings.database,
                    .facts = {{"host", endpoint.host},
                              {"region", endpoint.region},
                              {"region_source", source},
                              {"port", static_cast<long long>(endpoint.port)},
                              {"host_address", endpoint.host_address},
                              {"user", settings.user},
                              {"database", settings.database}}}};
    for (finding& about_link : describe_private_link(endpoint)) {
        found.push_back(std::move(about_link));
    }
    return found;
}

}  // namespace dsql_cli::doctor
