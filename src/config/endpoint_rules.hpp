// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/endpoint.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql::detail {

/// Returns the region in a lower-case host name of the form `<name>.dsql[^.]*.<region>.on.aws`;
/// empty when the name has another form.
[[nodiscard]] std::string_view region_in_host(std::string_view host);

/// Whether the host is a cluster identifier: 26 lower-case letters and digits.
[[nodiscard]] bool is_cluster_identifier(std::string_view host);

/// Whether a lower-case name is the DNS name of a PrivateLink endpoint, of all zones or of one:
/// `vpce-<id>[-<zone>].<service>.<region>.vpce.amazonaws.com`.
/// Source: AWS PrivateLink Guide, "DNS hostnames for interface endpoints".
[[nodiscard]] bool is_private_link_name(std::string_view host);

/// Works out the endpoint from the config and the environment. Calls `profile_region` only when
/// nothing else names the region; it returns the region of the AWS profile, or an empty string.
/// Throws `config_error`, and what `profile_region` throws.
/// @see dsql::resolve_endpoint
[[nodiscard]] endpoint resolve_endpoint(const config& settings,
                                        const std::function<std::string()>& profile_region);

/// Works out the endpoints of `config::failover`. Their regions come from nothing but the endpoints
/// themselves. Throws `config_error`, which says which of them is wrong.
[[nodiscard]] std::vector<endpoint> resolve_failover_endpoints(const config& settings);

}  // namespace dsql::detail
