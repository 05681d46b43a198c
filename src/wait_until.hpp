// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace dsql::detail {

/// Waits until a moment; false at once when a stop is requested.
[[nodiscard]] inline bool wait_until(std::chrono::steady_clock::time_point moment,
                                     const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, stop, moment, [] { return false; });
    return !stop.stop_requested();
}

}  // namespace dsql::detail
