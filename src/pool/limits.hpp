// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/pool_options.hpp>

#include "pool/pool_limits.hpp"

namespace dsql::detail {

/// Checks the options of a pool and works out its limits. Throws `config_error`.
[[nodiscard]] pool_limits checked_limits(const pool_options& options);

}  // namespace dsql::detail
