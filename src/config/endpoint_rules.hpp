// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/endpoint.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace dsql::detail {

/// Returns the region in a lower-case host name of the form `<name>.dsql[^.]*.<region>.on.aws`;
/// empty when the name has another form.
[[nodiscard]] std::string_view region_in_host(std::string_view host);

/// Whether the host is a cluster identifier: 26 lower-case letters and digits.
[[nodiscard]] bool is_cluster_identifier(std::string_view host);

/// Works out the endpoint from the config and the environment. Calls `profile_region` only when
/// nothing else names the region; it returns the region of the AWS profile, or an empty string.
/// Throws `config_error`, and what `profile_region` throws.
/// @see dsql::resolve_endpoint
[[nodiscard]] endpoint resolve_endpoint(const config& settings,
                                        const std::function<std::string()>& profile_region);

}  // namespace dsql::detail
