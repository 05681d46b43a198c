// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fork_guard.hpp"

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

namespace dsql::detail {

/// A token bucket that hands out tokens in advance. When it is empty, callers get a waiting time,
/// first come, first served. Callers pass in the time, so that tests need not wait. Not
/// thread-safe: the owner locks.
class token_bucket {
public:
    using clock = std::chrono::steady_clock;

    /// Starts full. Precondition: both arguments are greater than zero.
    token_bucket(double per_second, double capacity) noexcept
        : per_second_(per_second), capacity_(capacity), tokens_(capacity) {}

    /// Takes a token and returns how long the caller must wait before it may use it; zero if a
    /// token is available.
    [[nodiscard]] clock::duration take(clock::time_point now) noexcept;

    /// Returns a token that was taken and not used.
    void give_back() noexcept;

    /// Removes the available tokens. Tokens taken in advance stay taken.
    void drain() noexcept;

    /// Lowers the rate and the capacity to these values. Never raises either.
    void lower_to(double per_second, double capacity) noexcept;

private:
    double per_second_;
    double capacity_;
    double tokens_;  // negative when tokens were taken in advance
    clock::time_point filled_at_{};
};

/// Limits the rate at which this process opens connections to one cluster. Thread-safe.
/// Source: Aurora DSQL User Guide, "Cluster quotas": 100 connections per second, with a burst of
/// 1000.
class connection_rate : public std::enable_shared_from_this<connection_rate> {
public:
    /// Precondition: both arguments are greater than zero. A tenth of the burst is kept in reserve,
    /// because connects that the network delays can reach the server together.
    connection_rate(double per_second, int burst);
    ~connection_rate();
    connection_rate(const connection_rate&) = delete;
    connection_rate& operator=(const connection_rate&) = delete;

    /// Waits until the caller may begin to connect. Returns false when a stop is requested first.
    [[nodiscard]] bool take(const std::stop_token& stop);

    /// Records that the server rejected a connect because of its rate, even if other processes
    /// caused it: no burst is allowed until the bucket has refilled.
    void exceeded() noexcept;

    void lower_to(double per_second, int burst) noexcept;

private:
    friend std::shared_ptr<connection_rate> shared_connection_rate(const std::string& host,
                                                                   double per_second, int burst);

    void enter_registry(const std::string& host);

    const fork_guard made_in_{};
    // The links of the list of shared rates.
    std::string host_{};  // empty when this rate is not in the list
    connection_rate* previous_ = nullptr;
    connection_rate* next_ = nullptr;

    std::mutex mutex_;
    std::condition_variable_any never_notified_;
    token_bucket bucket_;  // guarded by mutex_
};

/// Returns the rate that all pools of this process share for a cluster. It lives as long as one of
/// them does. If the pools ask for different rates, the lowest applies. Thread-safe.
[[nodiscard]] std::shared_ptr<connection_rate> shared_connection_rate(const std::string& host,
                                                                      double per_second, int burst);

}  // namespace dsql::detail
