// SPDX-License-Identifier: Apache-2.0
// The public face of the endpoint rules. It lives here because a profile may name the region, and
// profiles are AWS's; the rules themselves, in src/config, know nothing of AWS's files.
#include <dsql/endpoint.hpp>

#include "aws/providers/profile_credentials.hpp"
#include "config/endpoint_rules.hpp"

namespace dsql {

endpoint resolve_endpoint(const config& settings) {
    return detail::resolve_endpoint(settings, [&settings] {
        return detail::read_profile_region(settings.profile.empty() ? detail::selected_profile()
                                                                    : settings.profile);
    });
}

}  // namespace dsql
