// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace dsql::detail {

/// A token bucket that promises tokens ahead: who comes when it is empty is told how long to wait,
/// in the order of coming. Knows no clock, so that it can be tested without waiting. Guarded by its
/// owner.
class token_bucket {
public:
    using clock = std::chrono::steady_clock;

    /// Full at first. Both are more than zero.
    token_bucket(double per_second, double capacity) noexcept
        : per_second_(per_second), capacity_(capacity), tokens_(capacity) {}

    /// Takes a token; returns how long until it is there.
    [[nodiscard]] clock::duration take(clock::time_point now) noexcept;

    /// Gives a token back that was taken and not used.
    void give_back() noexcept;

    /// Empties it, but for what was promised.
    void drain() noexcept;

    /// Lowers rate and capacity, where these are lower.
    void restrict_to(double per_second, double capacity) noexcept;

private:
    double per_second_;
    double capacity_;
    double tokens_;  // less than zero: promised
    clock::time_point filled_at_{};
};

}  // namespace dsql::detail
