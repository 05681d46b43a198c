// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace dsql::detail {

/// In a handler of an `error`: throws it again as a class of its own and `retries_exhausted`, with
/// attempts, time and `why` in its text.
[[noreturn]] void rethrow_exhausted(int attempts, std::chrono::nanoseconds elapsed,
                                    const char* why);

}  // namespace dsql::detail
