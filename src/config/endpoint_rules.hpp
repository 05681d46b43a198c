// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/endpoint.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace dsql::detail {

/// The region in a host name of the form `...dsql[^.]*.<region>.on.aws`, lower case; empty when the
/// name is of another form.
[[nodiscard]] std::string_view region_in_host(std::string_view host);

/// Whether this is a cluster identifier: 26 lower-case letters and digits.
[[nodiscard]] bool is_cluster_identifier(std::string_view host);

/// `resolve_endpoint` with the profile's region asked of `profile_region`, which returns an empty
/// string when there is none, and is called only when nothing else names the region.
[[nodiscard]] endpoint resolve_endpoint(const config& settings,
                                        const std::function<std::string()>& profile_region);

}  // namespace dsql::detail
