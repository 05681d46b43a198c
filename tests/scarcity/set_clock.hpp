// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

/// Sets the wall clock of this program, for the library, OpenSSL and all others, as far as it is
/// read by `clock_gettime`, `gettimeofday` or `time`. set_clock.cpp replaces these functions.
/// Thread-safe.
namespace wall_clock {

/// The wall clock shows the true time plus `by` from now on.
void set(std::chrono::seconds by) noexcept;

}  // namespace wall_clock
