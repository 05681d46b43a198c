// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/default_chain.hpp"

#include <dsql/error.hpp>

#include "aws/providers/environment_credentials.hpp"
#include "aws/providers/profile_credentials.hpp"
#include "config/environment.hpp"

namespace dsql::detail {

credentials default_chain::get() {
    if (environment_has_keys()) {
        return read_environment_credentials();
    }
    const std::string profile = selected_profile();
    try {
        return read_profile_credentials(profile);
    } catch (const credentials_error& declined) {
        throw credentials_error(
            std::string("no AWS credentials found. Tried: environment: "
                        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set; ") +
            declined.what());
    }
}

}  // namespace dsql::detail
