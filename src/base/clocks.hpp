// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <ctime>
#include <functional>

namespace dsql::detail {

/// The steady clock with the resolution of a kernel tick, about 4 ms. Reading it costs a quarter of
/// the precise clock, which would take half of the time of an acquire. Lifetimes are minutes, so a
/// tick is precise enough.
struct coarse_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<coarse_clock>;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now() noexcept {
        timespec now{};
#ifdef CLOCK_MONOTONIC_COARSE
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
#else
        clock_gettime(CLOCK_MONOTONIC, &now);
#endif
        return time_point(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
    }
};

/// Returns the time of day. Tests replace it.
using wall_clock = std::function<std::chrono::system_clock::time_point()>;

}  // namespace dsql::detail
