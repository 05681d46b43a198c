// SPDX-License-Identifier: Apache-2.0
#include "doctor/private_link.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace dsql_cli::doctor {

namespace {

constexpr std::string_view management_service = "dsql";

std::vector<std::string_view> labels_of(std::string_view name) {
    std::vector<std::string_view> labels;
    for (std::size_t dot = 0; dot != std::string_view::npos;) {
        dot = name.find('.');
        labels.push_back(name.substr(0, dot));
        name.remove_prefix(dot == std::string_view::npos ? name.size() : dot + 1);
    }
    return labels;
}

finding describe_private_name(const std::string& service) {
    return {.summary = "PrivateLink: the host is the private name of the service " + service,
            .facts = {{"private_link_service", service}}};
}

// Returns what to set if host and endpoint do not fit together; empty if they do.
finding compare(const dsql::endpoint& endpoint, const private_link_name& link) {
    const std::string service = service_of_host(endpoint.host);
    const std::string better = "--host " + private_link_host(endpoint.host, link);
    if (link.service == management_service) {
        return {.result = outcome::warning,
                .summary =
                    "PrivateLink: the host address is that of an endpoint for managing "
                    "clusters, not for connecting to them",
                .advice =
                    "give the address of an endpoint for the cluster's own service, which "
                    "\"aws dsql get-vpc-endpoint-service-name\" names"};
    }
    if (link.region != endpoint.region) {
        return {.result = outcome::warning,
                .summary = "PrivateLink: the endpoint is in region " + link.region +
                           ", and the host in " + endpoint.region,
                .advice = "check that the endpoint is one for this cluster's service"};
    }
    if (is_private_service(service) && service != link.service) {
        return {.result = outcome::warning,
                .summary = "PrivateLink: the endpoint is for the service " + link.service +
                           ", and the host is a name of " + service,
                .advice = "give " + better};
    }
    if (service != link.service) {
        return {.summary = "PrivateLink: the address is an endpoint of the service " +
                           link.service + ", and the host the cluster's public name",
                .advice = "if tls finds a wrong name, give " + better};
    }
    return {.summary = "PrivateLink: host and address are names of the service " + service};
}

}  // namespace

std::optional<private_link_name> parse_private_link_name(std::string_view name) {
    const std::vector<std::string_view> labels = labels_of(name);
    if (labels.size() < 6 || !labels[0].starts_with("vpce-") || labels[3] != "vpce" ||
        labels[4] != "amazonaws") {
        return std::nullopt;
    }
    return private_link_name{.service = std::string(labels[1]), .region = std::string(labels[2])};
}

std::string service_of_host(std::string_view host) {
    const std::vector<std::string_view> labels = labels_of(host);
    const bool matches = labels.size() == 5 && labels[1].starts_with("dsql") && labels[3] == "on" &&
                         labels[4] == "aws";
    return std::string(matches ? labels[1] : std::string_view());
}

bool is_private_service(std::string_view service) {
    return service.starts_with("dsql-") && service != "dsql-local";
}

std::string private_link_host(std::string_view host, const private_link_name& of) {
    return std::string(host.substr(0, host.find('.'))) + "." + of.service + "." + of.region +
           ".on.aws";
}

findings describe_private_link(const dsql::endpoint& endpoint) {
    const auto link = parse_private_link_name(endpoint.host_address);
    if (!link) {
        const std::string service = service_of_host(endpoint.host);
        return is_private_service(service) ? findings{describe_private_name(service)} : findings{};
    }
    finding found = compare(endpoint, *link);
    if (!endpoint.cluster_id.empty()) {
        found.summary += "; amzn-cluster-id is sent";
    }
    found.facts = {{"private_link_service", link->service},
                   {"private_link_region", link->region},
                   {"cluster_id", endpoint.cluster_id}};
    return {std::move(found)};
}

}  // namespace dsql_cli::doctor
