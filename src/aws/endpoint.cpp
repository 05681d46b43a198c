// SPDX-License-Identifier: Apache-2.0
// The public face of the endpoint rules. It lives here because a profile may name the region, and
// profiles are AWS's; the rules themselves, in src/config, know nothing of AWS's files.
#include <dsql/endpoint.hpp>

#include "aws/profiles/shared_files.hpp"
#include "config/endpoint_rules.hpp"

#include <string>

namespace dsql {

namespace {

// Empty when there is no such profile or it names none.
std::string region_of_profile(const std::string& profile, const call_limits& limits) {
    const detail::shared_files files = detail::load_shared_files(limits);
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
            settings.profile.empty() ? detail::selected_profile() : settings.profile, limits);
    });
}

}  // namespace dsql
