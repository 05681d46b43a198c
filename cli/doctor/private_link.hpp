// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/endpoint.hpp>

#include "doctor/finding.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dsql_cli::doctor {

/// Parts of the DNS name of a PrivateLink endpoint, of all zones or of one:
/// `vpce-<id>[-<zone>].<service>.<region>.vpce.amazonaws.com`.
struct private_link_name {
    std::string service{};  ///< "dsql-fnh4"; "dsql" is the service that manages clusters
    std::string region{};
};

/// Reads the DNS name of a PrivateLink endpoint. Returns nothing for any other name.
[[nodiscard]] std::optional<private_link_name> parse_private_link_name(std::string_view name);

/// Returns the service in a cluster's host name, `<id>.<service>.<region>.on.aws`: "dsql" for a
/// public endpoint, "dsql-fnh4" for PrivateLink. Empty for a name of another form.
[[nodiscard]] std::string service_of_host(std::string_view host);

/// Whether this is a service of PrivateLink endpoints for connections, such as "dsql-fnh4".
[[nodiscard]] bool is_private_service(std::string_view service);

/// Returns the host name of a cluster at the PrivateLink endpoint of a service. `host` is another
/// name of the cluster, or its identifier.
[[nodiscard]] std::string private_link_host(std::string_view host, const private_link_name& of);

/// Says which form of PrivateLink the settings use, and what to set if they do not fit together.
/// Nothing if they do not use PrivateLink.
[[nodiscard]] findings describe_private_link(const dsql::endpoint& endpoint);

}  // namespace dsql_cli::doctor
