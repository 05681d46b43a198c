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
    void limit_retries_to(double per_second, double capacity) noexcept;

private:
    double per_second_;
    double capacity_;
    double tokens_;  // less than zero: promised
    clock::time_point filled_at_{};
};

/// Keeps this process's new connections to one cluster below a rate. Safe from any thread.
/// Source: Aurora DSQL User Guide, "Cluster quotas": 100 a second, burst 1 000.
class connection_rate : public std::enable_shared_from_this<connection_rate> {
public:
    /// Both are more than zero. A tenth of the burst is kept in reserve, for what is delayed on
    /// its way to the server and comes in a bunch.
    connection_rate(double per_second, int burst);
    ~connection_rate();
    connection_rate(const connection_rate&) = delete;
    connection_rate& operator=(const connection_rate&) = delete;

    /// Waits until a connection may be begun; returns false when stopped before.
    [[nodiscard]] bool take(const std::stop_token& stop);

    /// The server has seen too many, be they ours or others': no burst until time has passed.
    void exceeded() noexcept;

    void limit_retries_to(double per_second, int burst) noexcept;

private:
    friend std::shared_ptr<connection_rate> shared_connection_rate(const std::string& host,
                                                                   double per_second, int burst);

    void enter_registry(const std::string& host);

    const fork_guard made_in_{};
    // In the list of those that pools share.
    std::string host_{};  // empty: not in it
    connection_rate* previous_ = nullptr;
    connection_rate* next_ = nullptr;

    std::mutex mutex_;
    std::condition_variable_any never_notified_;
    token_bucket bucket_;  // guarded by mutex_
};

/// The rate for a cluster that all pools of this process share while any of them lives; where they
/// disagree, the lowest. Safe from any thread.
[[nodiscard]] std::shared_ptr<connection_rate> shared_connection_rate(const std::string& host,
                                                                      double per_second, int burst);

}  // namespace dsql::detail
