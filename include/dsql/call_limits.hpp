// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <stop_token>
#include <utility>

namespace dsql {

/// How long a call may take, from now: `dsql::within{200ms}`. Zero or less has passed already.
struct within {
    std::chrono::nanoseconds time{};
};

/// What may end a call early: a moment on the steady clock, a `std::stop_token`, both or neither.
/// Made implicitly from `within` or a stop token; made by hand, it puts several calls under one
/// deadline. A plain value.
///
/// When it strikes while a statement is under way the connection is closed, because DSQL has no
/// server-side cancel, and the error says that the statement may have run. When it has struck
/// before anything was sent, the connection stays as it is.
class call_limits {
public:
    using clock = std::chrono::steady_clock;

    call_limits() noexcept = default;
    call_limits(within budget) noexcept : deadline_(from_now(budget.time)) {}
    call_limits(std::stop_token stop) noexcept : stop_(std::move(stop)) {}
    call_limits(within budget, std::stop_token stop) noexcept
        : deadline_(from_now(budget.time)), stop_(std::move(stop)) {}
    explicit call_limits(clock::time_point deadline, std::stop_token stop = {}) noexcept
        : deadline_(deadline), stop_(std::move(stop)) {}

    /// None: the connection's `command_timeout` counts.
    [[nodiscard]] const std::optional<clock::time_point>& deadline() const noexcept {
        return deadline_;
    }
    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }

private:
    // More than a century counts as one: the clock could not count it.
    [[nodiscard]] static clock::time_point from_now(std::chrono::nanoseconds time) noexcept {
        constexpr std::chrono::nanoseconds longest = std::chrono::years(100);
        return clock::now() + std::clamp(time, -longest, longest);
    }

    std::optional<clock::time_point> deadline_{};
    std::stop_token stop_{};
};

}  // namespace dsql
