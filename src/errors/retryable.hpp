// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/retry_loop.hpp>
#include <dsql/error.hpp>

namespace dsql::detail {

/// Whether a failure is one that is tried again: a conflict, or what `kinds` adds.
[[nodiscard]] bool is_retryable(const error& failure, const retryable_failures& kinds);

}  // namespace dsql::detail
