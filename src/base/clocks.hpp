// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <ctime>
#include <functional>

namespace dsql::detail {

/// The steady clock to within a tick (4 ms or so). Reading it costs a quarter of what the precise
/// one does, and the precise one would be half of an acquire. Lifetimes are minutes.
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

/// Tells the time of day. Tests put their own here.
using wall_clock = std::function<std::chrono::system_clock::time_point()>;

}  // namespace dsql::detail
