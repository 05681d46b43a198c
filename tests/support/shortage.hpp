// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Makes operator new and the start of threads fail at will, on every thread of the program. The
/// source of that name replaces `operator new` and `pthread_create`, so it is for programs of its
/// own, and not for builds with sanitizers, which replace them as well.
namespace shortage {

/// What runs out.
enum class resource { memory, threads };

/// Fails the n-th allocation or thread start (counted from 1) after this call, and `times - 1`
/// after it. Nothing else fails any more.
void fail(resource what, std::uint64_t nth, std::uint64_t times = 1) noexcept;

/// Fails nothing any more. Returns how many allocations or thread starts were asked for since
/// `fail`.
std::uint64_t end() noexcept;

}  // namespace shortage
