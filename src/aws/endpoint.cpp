// SPDX-License-Identifier: Apache-2.0
// Implements the public functions that resolve endpoints. They are in src/aws because the region
// may come from a profile in AWS's shared files; the rules in src/config do not depend on these
// files.
#include <dsql/endpoint.hpp>

#include "aws/shared_files/shared_files.hpp"
#include "config/endpoint_rules.hpp"

#include <string>
#include <utility>
#include <vector>

namespace dsql {

namespace {

// Returns the profile's region; empty when the profile does not exist or has no region.
std::string region_of_profile(const std::string& profile, const call_limits& limits) {
    const aws::shared_files files = aws::load_shared_files(limits);
    const auto found = files.profiles.find(profile);
    if (found == files.profiles.end()) {
        return {};
    }
    const auto region = found->second.find("region");
    return region == found->second.end() ? std::string() : std::string(region->second);
}

}  // namespace

endpoint resolve_endpoint(const config& settings, const call_limits& limits) {
    return detail::resolve_endpoint(settings, [&] {
        return region_of_profile(
            settings.profile.empty() ? aws::selected_profile() : settings.profile, limits);
    });
}

std::vector<endpoint> resolve_endpoints(const config& settings, const call_limits& limits) {
    std::vector<endpoint> all{resolve_endpoint(settings, limits)};
    for (endpoint& next : detail::resolve_failover_endpoints(settings)) {
        all.push_back(std::move(next));
    }
    return all;
}

}  // namespace dsql
