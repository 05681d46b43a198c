// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace dsql::detail {

/// When connects may be tried while they fail: at once until one fails, then one at a time, with
/// pauses that double from 10 ms to a second, each a random quarter longer or shorter. Guarded by
/// its owner.
class connect_backoff {
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
