// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <vector>

namespace dsql::detail {

/// Remembers which endpoints of a config are down, and tells which to try. Callers pass in the
/// time, so that tests need not wait. Thread-safe.
class endpoint_health {
public:
    using clock = std::chrono::steady_clock;

    /// How long an endpoint that is down is not tried: at first, and at most. The time doubles with
    /// each attempt.
    static constexpr std::chrono::milliseconds first_pause{500};
    static constexpr std::chrono::milliseconds longest_pause{30'000};

    /// Endpoints have the numbers from 0 to `count` - 1, in order of preference.
    explicit endpoint_health(std::size_t count) : endpoints_(count) {}

    /// Returns all endpoints in the order in which a connect is to try them: first those that are
    /// not known to be down, then the others. An endpoint whose pause is over counts as one that is
    /// not down, for one caller only; for the others, a longer pause begins. So of all connects,
    /// only one has to find out whether it responds.
    [[nodiscard]] std::vector<std::size_t> order(clock::time_point now);

    /// Records that a connect has succeeded.
    void reached(std::size_t endpoint) noexcept;

    /// Records that a connect has failed because the endpoint is down. Connects that fail at the
    /// same time do not make the pause longer.
    void failed(std::size_t endpoint, clock::time_point now) noexcept;

private:
    struct state {
        std::chrono::milliseconds pause{};  // 0: not known to be down
        clock::time_point retry_at{};
    };

    std::mutex mutex_;
    std::vector<state> endpoints_;  // guarded by the mutex
};

}  // namespace dsql::detail
