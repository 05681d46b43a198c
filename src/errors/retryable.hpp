// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/retry_loop.hpp>
#include <dsql/error.hpp>

namespace dsql::detail {

/// Whether an error may be retried: a conflict always may, other errors when `kinds` allows them.
[[nodiscard]] bool is_retryable(const error& failure, const retryable_failures& kinds);

}  // namespace dsql::detail
