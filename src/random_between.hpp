// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <exception>
#include <random>

namespace dsql::detail {

/// A seed; from the clock where the system has no random number just now, which is good enough for
/// jitter.
[[nodiscard]] inline unsigned jitter_seed() noexcept {
    try {
        return std::random_device{}();
    } catch (const std::exception&) {
        return static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
    }
}

/// A number from `least` to below `most`, for jitter. Safe from any thread.
[[nodiscard]] inline double random_between(double least, double most) noexcept {
    thread_local std::minstd_rand random(jitter_seed());
    return std::uniform_real_distribution<double>(least, most)(random);
}

}  // namespace dsql::detail
