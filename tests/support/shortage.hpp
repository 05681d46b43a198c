// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Makes operator new and the start of threads fail on demand, on every thread of the program.
/// shortage.cpp replaces `operator new` and `pthread_create`, so it needs a separate test program.
/// It cannot be combined with sanitizers, which replace these functions too.
namespace shortage {

/// The resource that runs out.
enum class resource { memory, threads };

/// Fails the n-th allocation or thread start (counted from 1) after this call, and the `times - 1`
/// after that one. Replaces an earlier call.
void fail(resource what, std::uint64_t nth, std::uint64_t times = 1) noexcept;

/// Stops failing requests. Returns the number of allocations or thread starts since the call of
/// `fail`.
std::uint64_t end() noexcept;

}  // namespace shortage
