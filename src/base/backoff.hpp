// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <random>
#include <stop_token>

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
[[nodiscard]] inline double uniform_real(double least, double most) noexcept {
    thread_local std::minstd_rand random(jitter_seed());
    return std::uniform_real_distribution<double>(least, most)(random);
}

/// Waits until a moment; false at once when a stop is requested.
[[nodiscard]] inline bool interruptible_sleep_until(std::chrono::steady_clock::time_point moment,
                                                    const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, stop, moment, [] { return false; });
    return !stop.stop_requested();
}

/// Waits for a time, or until a stop is requested.
using pause_function = std::function<void(std::chrono::milliseconds, const std::stop_token&)>;

/// The one that really waits.
void interruptible_pause(std::chrono::milliseconds time, const std::stop_token& stop);

/// How long to wait after failed attempt number `attempt` (from 1): a random time up to
/// 50 ms * 2^(attempt-1), from 500 ms on when the service asked to slow down, at most 20 s ("full
/// jitter": AWS, "Exponential Backoff And Jitter").
[[nodiscard]] std::chrono::milliseconds backoff(int attempt, bool throttled);

/// When connects may be tried while they fail: at once until one fails, then one at a time, with
/// pauses that double from 10 ms to a second, each a random quarter longer or shorter. Guarded by
/// its owner.
class DSQL_EXPORT connect_backoff {
public:
    using clock = std::chrono::steady_clock;

    /// When the caller may try; the next caller may try a pause later.
    [[nodiscard]] clock::time_point reserve(clock::time_point now);

    /// A try that began at `started` has failed. Those that ran at the same time count once.
    void failed(clock::time_point started, clock::time_point now);
    void succeeded() noexcept;

    /// How many have failed since the last success.
    [[nodiscard]] int failures() const noexcept { return failures_; }
    /// Grows with each success that ends a row of failures: who waits for its turn need not wait
    /// on.
    [[nodiscard]] std::uint64_t recoveries() const noexcept { return recoveries_; }
    /// From the last failure to the next try, as far as it is known.
    [[nodiscard]] std::chrono::milliseconds pause() const noexcept { return pause_; }

private:
    int failures_ = 0;
    std::uint64_t recoveries_ = 0;
    std::chrono::milliseconds pause_{};
    clock::time_point next_{};
    clock::time_point failed_at_{};
};

}  // namespace dsql::detail
