// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/retry_policy.hpp>

namespace dsql::detail {

/// Throws `config_error` if a field of the policy is out of range.
void check_retry_policy(const retry_policy& policy);

}  // namespace dsql::detail
