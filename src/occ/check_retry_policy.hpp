// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/retry_policy.hpp>

namespace dsql::detail {

/// Throws `config_error` for a policy that cannot be used.
void check_retry_policy(const retry_policy& policy);

}  // namespace dsql::detail
