// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace dsql::detail {

/// Rethrows the current exception, an `error`, as an object that derives from its class and from
/// `retries_exhausted`. The text adds the number of attempts, the elapsed time and `why`.
/// Precondition: it is called in a `catch` block.
[[noreturn]] void rethrow_exhausted(int attempts, std::chrono::nanoseconds elapsed,
                                    const char* why);

}  // namespace dsql::detail
