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

/// A seed for jitter: a random number of the system, or the clock when the system cannot supply
/// one.
[[nodiscard]] inline unsigned jitter_seed() noexcept {
    try {
        return std::random_device{}();
    } catch (const std::exception&) {
        return static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count());
    }
}

/// The random numbers of this thread for jitter. A simulation seeds them, so that it can be
/// repeated.
[[nodiscard]] inline std::minstd_rand& jitter_source() noexcept {
    thread_local std::minstd_rand random(jitter_seed());
    return random;
}

/// A uniformly distributed number in [least, most), for jitter. Safe from any thread.
[[nodiscard]] inline double uniform_real(double least, double most) noexcept {
    return std::uniform_real_distribution<double>(least, most)(jitter_source());
}

/// Sleeps until `moment`. Returns false, at once, when a stop is requested.
[[nodiscard]] inline bool interruptible_sleep_until(std::chrono::steady_clock::time_point moment,
                                                    const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, stop, moment, [] { return false; });
    return !stop.stop_requested();
}

/// Sleeps for a time, or until a stop is requested. Tests replace it.
using pause_function = std::function<void(std::chrono::milliseconds, const std::stop_token&)>;

/// The `pause_function` that really sleeps.
void interruptible_pause(std::chrono::milliseconds time, const std::stop_token& stop);

/// The delay after failed attempt number `attempt`, which counts from 1: a random time up to 50 ms
/// * 2^(attempt-1), or up to 500 ms * 2^(attempt-1) when the service asked for fewer requests, and
/// never more than 20 s. Source: AWS Architecture Blog, "Exponential Backoff And Jitter", full
/// jitter.
[[nodiscard]] std::chrono::milliseconds backoff(int attempt, bool throttled);

/// Decides when a connect may start while connects fail. They start at once until one fails; then
/// one at a time, after delays that double from 10 ms to 1 s, each with a jitter of 25 %. Not
/// thread-safe: the owner locks.
class DSQL_EXPORT connect_backoff {
public:
    using clock = std::chrono::steady_clock;

    /// Returns when the caller may start. The next caller may start one delay later.
    [[nodiscard]] clock::time_point reserve(clock::time_point now);

    /// Records that the connect begun at `started` has failed. Connects that failed at the same
    /// time count once.
    void failed(clock::time_point started, clock::time_point now);
    void succeeded() noexcept;

    /// Whether a caller who came now would have to wait.
    [[nodiscard]] bool is_pausing(clock::time_point now) const noexcept {
        return failures_ > 0 && now < next_;
    }
    /// The number of failures since the last success.
    [[nodiscard]] int failures() const noexcept { return failures_; }
    /// Incremented by each success that ends a series of failures, so that waiting callers know
    /// that they need not wait any longer.
    [[nodiscard]] std::uint64_t recoveries() const noexcept { return recoveries_; }
    /// The current delay between a failure and the next attempt.
    [[nodiscard]] std::chrono::milliseconds pause() const noexcept { return pause_; }

private:
    int failures_ = 0;
    std::uint64_t recoveries_ = 0;
    std::chrono::milliseconds pause_{};
    clock::time_point next_{};
    clock::time_point failed_at_{};
};

}  // namespace dsql::detail
