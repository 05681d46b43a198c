// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

/// The moments of a program: each allocation of memory, each lock taken, and each descriptor made
/// or used, by any code of the process. moments.cpp replaces the functions of the C library that do
/// this, so it needs a separate test program. It cannot be combined with sanitizers, which replace
/// these functions too.
///
/// A thread stops at a chosen moment, as if the system had given the processor to others, and goes
/// on when it is told to. Moments inside a `fork_gate` do not count, because no fork can happen
/// there.
namespace moments {

/// Stops the thread that reaches the n-th moment from now, counted from 1. The moments of the
/// caller do not count.
void stop_at(std::uint64_t nth) noexcept;

/// Waits until a thread has stopped, or `end` was called. Returns whether one has.
[[nodiscard]] bool await_stop() noexcept;

/// Called by the work when it is done: no more moments count.
void end() noexcept;

/// Lets the thread that has stopped go on. Moments no longer count.
void go_on() noexcept;

/// The number of moments since `stop_at`.
[[nodiscard]] std::uint64_t count() noexcept;

/// Writes the calls that the stopped thread was in to standard error.
void print_where() noexcept;

/// A descriptor that a program executed at that moment would inherit.
struct inherited_descriptor {
    std::string what{};    ///< what it is, such as "socket"
    std::string from{};    ///< the library whose call showed it first
    bool in_gate = false;  ///< whether a fork would have waited
};

/// From now on, looks at each moment for descriptors that a program would inherit, except for those
/// that are open now. The moments of the caller do not count.
void watch_descriptors() noexcept;

/// Ends that, and returns what was found, each once.
[[nodiscard]] std::vector<inherited_descriptor> found_descriptors();

/// How often descriptors were looked for.
[[nodiscard]] std::uint64_t looks() noexcept;

}  // namespace moments
