// SPDX-License-Identifier: Apache-2.0
#include "config/endpoint_rules.hpp"

#include <dsql/error.hpp>

#include "base/environment.hpp"
#include "base/text.hpp"
#include "config/validate.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace dsql::detail {

namespace {

// Removes the last label from a name and returns it: "a.b.c" becomes "a.b", and the result is "c".
std::string_view take_last_label(std::string_view& name) {
    const std::size_t dot = name.rfind('.');
    if (dot == std::string_view::npos) {
        const std::string_view label = name;
        name = {};
        return label;
    }
    const std::string_view label = name.substr(dot + 1);
    name = name.substr(0, dot);
    return label;
}

bool is_host_character(char c) {
    return is_lower(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
}

bool is_host_name(std::string_view host) {
    return host.size() <= 253 && host.front() != '.' && host.find("..") == std::string_view::npos &&
           std::all_of(host.begin(), host.end(), &is_host_character);
}

bool is_ipv4_address(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

bool is_ipv6_address(const std::string& host) {
    in6_addr ignored{};
    return inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

std::string without_final_dot(const std::string& host) {
    return host.back() == '.' ? host.substr(0, host.size() - 1) : host;
}

// A wrong character is reported without the host around it: after a mistyped separator, the host
// may contain part of a password.
void check_host_name(const std::string& host) {
    const auto bad = std::find_if_not(host.begin(), host.end(), is_host_character);
    if (bad != host.end()) {
        throw config_error("config: host is not a host name: its character " +
                           std::to_string(bad - host.begin() + 1) + " is " +
                           in_quotes(std::string_view(&*bad, 1)) +
                           (*bad == ',' ? "; give one name here, and the others as failover"
                                        : "; give one name, without scheme, path or port"));
    }
    if (!is_host_name(host)) {
        throw config_error("config: host " + in_quotes(host) + " is not a host name");
    }
}

std::string checked_host(std::string_view given) {
    const std::string host = lower(given);
    if (host.empty()) {
        throw config_error(
            "config: host is missing; give the cluster's endpoint or its 26-character identifier");
    }
    if (is_ipv4_address(host) || is_ipv6_address(host)) {
        throw config_error("config: host " + in_quotes(host) +
                           " is an IP address, but Aurora DSQL needs the cluster's name for SNI, "
                           "certificate and token; give the name as host and the address as "
                           "host_address");
    }
    if (host.find(':') != std::string::npos) {
        throw config_error(
            "config: host holds a ':'; give one name, without scheme, user or path, and the port "
            "in its own field");
    }
    check_host_name(host);
    if (is_private_link_name(host)) {
        throw config_error("config: host " + in_quotes(host) +
                           " is the name of a PrivateLink endpoint, but Aurora DSQL needs the "
                           "cluster's name for SNI, certificate and token; give the cluster's name "
                           "as host and this name as host_address");
    }
    return without_final_dot(host);
}

std::string checked_region(const std::string& region, std::string_view where) {
    const auto good = [](char c) {
        return is_lower(c) || is_digit(c) || c == '-';
    };
    if (!std::all_of(region.begin(), region.end(), good)) {
        throw config_error(std::string(where) + ": region " + in_quotes(region) +
                           " is not an AWS region, such as us-east-1");
    }
    return region;
}

std::string region_of_environment(const std::function<std::string()>& profile_region) {
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        const std::string region(trim(environment_variable(name)));
        if (!region.empty()) {
            return checked_region(region, std::string("environment variable ") + name);
        }
    }
    return checked_region(profile_region(), "profile");
}

// `otherwise` returns the region, or an empty string, when neither the config nor the host names
// it.
std::string resolve_region(const config& settings, const std::string& host,
                           const std::function<std::string()>& otherwise) {
    const std::string explicit_region = checked_region(settings.region, "config");
    const std::string from_host(region_in_host(host));
    if (!explicit_region.empty() && !from_host.empty() && explicit_region != from_host) {
        throw config_error("config: region " + in_quotes(explicit_region) +
                           " contradicts the region " + in_quotes(from_host) + " in host " +
                           in_quotes(host) + "; leave region out, or correct one of them");
    }
    std::string region = !explicit_region.empty() ? explicit_region : from_host;
    if (region.empty()) {
        region = otherwise();
    }
    if (region.empty()) {
        throw config_error("config: no region: host " + in_quotes(host) +
                           " does not name one; set region, or AWS_REGION, or AWS_DEFAULT_REGION, "
                           "or region in the profile");
    }
    return region;
}

int resolve_port(std::optional<int> port) {
    if (port) {
        check_port(*port, "config");
        return *port;
    }
    const std::string fallback = environment_variable("DSQL_PORT");
    if (fallback.empty()) {
        return endpoint().port;
    }
    const std::optional<int> parsed = parse_number<int>(fallback);
    if (!parsed) {
        throw config_error("environment variable DSQL_PORT: " + in_quotes(fallback) +
                           " is not a number from 1 to 65535");
    }
    check_port(*parsed, "environment variable DSQL_PORT");
    return *parsed;
}

std::string resolve_root_certificate(const std::string& given) {
    if (given.find('\0') != std::string::npos) {
        throw config_error("config: ssl_root_cert holds a zero byte");
    }
    return given.empty() ? environment_variable("DSQL_SSL_ROOT_CERT") : given;
}

// Whether the text is a numeric IP address. Does not query DNS.
bool is_numeric_address(const std::string& address) {
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    errno = 0;
    const int failure = getaddrinfo(address.c_str(), nullptr, &hints, &found);
    if (failure == EAI_MEMORY || (failure != 0 && errno == ENOMEM)) {
        throw std::bad_alloc();
    }
    if (failure == 0) {
        freeaddrinfo(found);
    }
    return failure == 0;
}

std::string resolve_host_address(const std::optional<std::string>& given) {
    std::string address = given ? *given : environment_variable("DSQL_HOST_ADDRESS");
    if (address.find('\0') != std::string::npos) {
        throw config_error("config: host_address holds a zero byte");
    }
    if (address.empty() || is_numeric_address(address)) {
        return address;
    }
    const std::string name = lower(address);
    if (!is_host_name(name) || is_ipv4_address(name)) {
        const char* const where =
            given ? "config: host_address " : "environment variable DSQL_HOST_ADDRESS: ";
        throw config_error(where + in_quotes(address) +
                           " is neither an IP address, such as 127.0.0.1, nor a host name; give it "
                           "without scheme, brackets and port");
    }
    return without_final_dot(name);
}

std::string resolve_cluster_id(const std::string& given, const endpoint& found) {
    const std::string in_host = found.host.substr(0, found.host.find('.'));
    const bool is_known = is_cluster_identifier(in_host);
    if (given.empty()) {
        return is_known && is_private_link_name(found.host_address) ? in_host : std::string();
    }
    if (!is_cluster_identifier(given)) {
        throw config_error("config: cluster_id " + in_quotes(given) +
                           " is not a cluster's identifier: 26 lower-case letters and digits");
    }
    if (is_known && given != in_host) {
        throw config_error("config: cluster_id " + in_quotes(given) +
                           " contradicts the identifier " + in_quotes(in_host) +
                           " in host; leave cluster_id out, or correct one of them");
    }
    return given;
}

endpoint resolve(const config& settings, const std::function<std::string()>& otherwise_region) {
    endpoint found;
    // Checked before the host is converted to lower case: an identifier has no upper-case letters.
    const bool identifier = is_cluster_identifier(settings.host);
    found.host = checked_host(settings.host);
    found.region = resolve_region(settings, found.host, otherwise_region);
    if (identifier) {
        found.host += ".dsql." + found.region + ".on.aws";
    }
    found.port = resolve_port(settings.port);
    found.host_address = resolve_host_address(settings.host_address);
    found.ssl_root_cert = resolve_root_certificate(settings.ssl_root_cert);
    found.cluster_id = resolve_cluster_id(settings.cluster_id, found);
    return found;
}

endpoint resolve_failover(const config& settings, const failover_endpoint& next) {
    config as = settings;
    as.host = next.host;
    as.region = next.region;
    as.port = next.port ? next.port : settings.port;
    as.host_address = next.host_address;
    as.cluster_id.clear();
    return resolve(as, [&next]() -> std::string {
        throw config_error("config: no region: host " + in_quotes(next.host) +
                           " does not name one; give the whole name, or set region beside it");
    });
}

}  // namespace

std::string_view region_in_host(std::string_view host) {
    const std::string_view top = take_last_label(host);
    const std::string_view second = take_last_label(host);
    const std::string_view region = take_last_label(host);
    const bool has_service = host.rfind('.') != std::string_view::npos;
    const std::string_view service = take_last_label(host);
    const bool matches = top == "aws" && second == "on" && !region.empty() && has_service &&
                         service.starts_with("dsql");
    return matches ? region : std::string_view();
}

bool is_cluster_identifier(std::string_view host) {
    return host.size() == 26 &&
           std::all_of(host.begin(), host.end(), [](char c) { return is_lower(c) || is_digit(c); });
}

bool is_private_link_name(std::string_view host) {
    return host.starts_with("vpce-") && host.find(".vpce.amazonaws.") != std::string_view::npos;
}

endpoint resolve_endpoint(const config& settings,
                          const std::function<std::string()>& profile_region) {
    return resolve(settings, [&] { return region_of_environment(profile_region); });
}

std::vector<endpoint> resolve_failover_endpoints(const config& settings) {
    std::vector<endpoint> found;
    for (const failover_endpoint& next : settings.failover) {
        try {
            found.push_back(resolve_failover(settings, next));
        } catch (const config_error& failure) {
            constexpr std::string_view prefix = "config: ";
            std::string_view reason = failure.what();
            reason.remove_prefix(reason.starts_with(prefix) ? prefix.size() : 0);
            throw config_error("config: failover endpoint " + std::to_string(found.size() + 1) +
                               ": " + std::string(reason));
        }
    }
    return found;
}

}  // namespace dsql::detail
