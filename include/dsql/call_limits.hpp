// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <utility>

namespace dsql {

/// How long a call may take from now on: `dsql::within{200ms}`. Zero or less is a deadline that has
/// passed. More than a century counts as a century.
struct within {
    constexpr within() noexcept = default;
    /// From a duration of any unit.
    template <class Rep, class Period>
    constexpr explicit within(std::chrono::duration<Rep, Period> budget) noexcept
        : time(clamped(budget)) {}

    /// Counts from the moment at which it becomes a `call_limits`.
    std::chrono::nanoseconds time{};

private:
    static constexpr std::chrono::nanoseconds longest{3'155'695'200'000'000'000};  // 100 years

    template <class Rep, class Period>
    [[nodiscard]] static constexpr std::chrono::nanoseconds clamped(
        std::chrono::duration<Rep, Period> budget) noexcept {
        // Compared as floating point, in which no unit overflows.
        const std::chrono::duration<double> seconds(budget);
        if (seconds > longest) {
            return longest;
        }
        return seconds < -longest ? -longest
                                  : std::chrono::duration_cast<std::chrono::nanoseconds>(budget);
    }
};

/// The type of `no_retry`.
struct no_retry_t {
    explicit constexpr no_retry_t() noexcept = default;
};

/// Passed in place of limits to a retrying function (`transact`, `execute_with_retry`, the
/// functions of a `retrying_pool`). The function makes one attempt, and passes its error on
/// unchanged.
inline constexpr no_retry_t no_retry{};

/// What may end a call early: a deadline on the steady clock, a `std::stop_token`, both or neither.
/// Calls take it as their first argument, and convert these to it: `within{200ms}`, a moment on the
/// steady clock, a stop token, `{within{200ms}, stop}`, or `no_retry`. An object that is made in
/// advance can put several calls under one deadline. A plain value.
///
/// When a limit is reached while a statement is running, the connection is closed, because DSQL has
/// no server-side cancel, and the error says that the statement may have run. When a limit is
/// reached before anything was sent, the connection stays open.
class call_limits {
public:
    /// The clock that deadlines refer to.
    using clock = std::chrono::steady_clock;

    /// No limits.
    call_limits() noexcept = default;
    /// A deadline at this duration from now, and a stop token if one is given.
    call_limits(within budget, std::stop_token stop = {}) noexcept
        : call_limits(clock::now() + budget.time, std::move(stop)) {}
    /// A deadline on the steady clock, and a stop token if one is given.
    call_limits(clock::time_point deadline, std::stop_token stop = {}) noexcept
        : deadline_(deadline), stop_(std::move(stop)) {}
    /// A stop token without a deadline.
    call_limits(std::stop_token stop) noexcept : stop_(std::move(stop)) {}
    /// No limits, and one attempt: see `no_retry`.
    call_limits(no_retry_t) noexcept : may_retry_(false) {}

    /// The deadline. If there is none, the connection's `command_timeout` applies.
    [[nodiscard]] const std::optional<clock::time_point>& deadline() const noexcept {
        return deadline_;
    }
    /// The stop token; one that never requests a stop, if none was given.
    [[nodiscard]] const std::stop_token& stop() const noexcept { return stop_; }
    /// False if `no_retry` was given. Only the retrying functions look at it.
    [[nodiscard]] bool may_retry() const noexcept { return may_retry_; }

    /// A copy with `no_retry`.
    [[nodiscard]] call_limits without_retry() const {
        call_limits once = *this;
        once.may_retry_ = false;
        return once;
    }

private:
    std::optional<clock::time_point> deadline_{};
    std::stop_token stop_{};
    bool may_retry_ = true;
};

}  // namespace dsql
