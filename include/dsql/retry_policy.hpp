// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/export.hpp>

#include <chrono>
#include <concepts>
#include <stop_token>
#include <utility>

namespace dsql {

/// How often a call is retried, and how long it waits before each retry: exponential back-off with
/// jitter. A plain value, checked when it is used: a value out of range is a `config_error`.
///
/// The wait before retry n is `initial_wait * multiplier^(n-1)`, at most `max_wait`, lengthened by
/// a random share of up to `jitter`, so that callers that collided do not collide again. There is
/// no wait after the last attempt, and none that would outlast the deadline.
struct retry_policy {
    /// Attempts after the first one. Not negative; default 3. With 0, an error that could be tried
    /// again is thrown as `retries_exhausted` of one attempt; `no_retry` leaves it as it is.
    int max_retries = 3;
    /// The wait before the first retry. Not negative; default 100 ms.
    std::chrono::milliseconds initial_wait{100};
    /// The longest wait, jitter not counted. At least `initial_wait`; default 5 s.
    std::chrono::milliseconds max_wait{5'000};
    /// The factor by which each wait is longer than the one before. At least 1; default 2.
    double multiplier = 2;
    /// The largest random share that is added to a wait. From 0 to 1; default 0.25.
    double jitter = 0.25;

    /// For work that must succeed, however long it takes: changes of schema, batch jobs, rows with
    /// many writers. Up to 20 retries; all waits together take 17 to 34 s.
    [[nodiscard]] static constexpr retry_policy patient() noexcept {
        return {.max_retries = 20,
                .initial_wait = std::chrono::milliseconds(100),
                .max_wait = std::chrono::milliseconds(1'000),
                .multiplier = 2,
                .jitter = 1};
    }

    /// For work that a user waits for: up to 5 retries with short waits that grow fast. All waits
    /// together take 1.3 to 1.7 s.
    [[nodiscard]] static constexpr retry_policy latency_sensitive() noexcept {
        return {.max_retries = 5,
                .initial_wait = std::chrono::milliseconds(40),
                .max_wait = std::chrono::milliseconds(400),
                .multiplier = 3,
                .jitter = 0.25};
    }
};

/// What a retrying function takes as one argument: limits for the whole call, a retry policy, or
/// `{limits, policy}`. Made from either, and from whatever `call_limits` are made from:
/// `transact(pool, {{within{2s}, stop}, retry_policy::patient()}, body)`. A plain value.
struct retry_options {
    /// No limits, and the default policy.
    retry_options() noexcept = default;
    /// Limits, and the default policy.
    template <std::convertible_to<call_limits> Limits>
    retry_options(Limits given) : limits(std::move(given)) {}
    /// A deadline and a stop token, and the default policy.
    retry_options(within budget, std::stop_token stop) noexcept : limits(budget, std::move(stop)) {}
    /// A policy, and no limits.
    retry_options(const retry_policy& given) noexcept : policy(given) {}
    /// Both.
    retry_options(call_limits limits_given, const retry_policy& policy_given) noexcept
        : limits(std::move(limits_given)), policy(policy_given) {}

    /// The limits of the whole call: attempts and the waits between them.
    call_limits limits{};
    /// How often the call is retried, and after which waits.
    retry_policy policy{};
};

/// A second base class of the error that is thrown when retries did not help. Catch that error by
/// its own class, for example `occ_conflict`, or any such error as `retries_exhausted`. A retry
/// loop around it does not try it again. The error's text has both numbers too.
class DSQL_EXPORT retries_exhausted {
public:
    /// `attempts` includes the first one.
    retries_exhausted(int attempts, std::chrono::nanoseconds elapsed) noexcept
        : attempts_(attempts), elapsed_(elapsed) {}
    virtual ~retries_exhausted();

    /// The number of attempts: the first one and the retries.
    [[nodiscard]] int attempts() const noexcept { return attempts_; }
    /// The time from the first attempt to giving up, waits included.
    [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept { return elapsed_; }

protected:
    retries_exhausted(const retries_exhausted&) noexcept = default;
    retries_exhausted& operator=(const retries_exhausted&) noexcept = default;

private:
    int attempts_;
    std::chrono::nanoseconds elapsed_;
};

}  // namespace dsql
