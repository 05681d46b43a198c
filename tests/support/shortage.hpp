// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

/// Makes allocations and the start of threads fail on demand, on every thread of the program.
/// shortage.cpp replaces `operator new`, `malloc` and `pthread_create`, so it needs a separate test
/// program. It cannot be combined with sanitizers, which replace these functions too.
namespace shortage {

/// The resource that runs out.
enum class resource {
    memory,    ///< of `operator new`: this library and the C++ standard library
    c_memory,  ///< of `malloc` and its kin: libpq, OpenSSL, libcurl and the C library
    threads
};

/// Fails the n-th allocation or thread start (counted from 1) after this call, and the `times - 1`
/// after that one. Replaces an earlier call.
void fail(resource what, std::uint64_t nth, std::uint64_t times = 1) noexcept;

/// Stops failing requests. Returns the number of allocations or thread starts since the call of
/// `fail`.
std::uint64_t end() noexcept;

/// How many requests have failed since the call of `fail`.
[[nodiscard]] std::uint64_t failed() noexcept;

/// The number of blocks of `operator new` that have not been deleted.
[[nodiscard]] long live_blocks() noexcept;

}  // namespace shortage
