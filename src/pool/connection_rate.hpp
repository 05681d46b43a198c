// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/fork_guard.hpp"
#include "pool/connection_pace.hpp"
#include "pool/pool_waiter.hpp"

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace dsql::detail {

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

    void lower_to(double per_second, int burst) noexcept;

private:
    friend class connect_turn;
    friend std::shared_ptr<connection_rate> shared_connection_rate(const std::string& host,
                                                                   double per_second, int burst);

    using clock = connection_pace::clock;

    // A caller that waits for its turn.
    struct waiting_turn {
        waiting_turn* previous = nullptr;
        waiting_turn* next = nullptr;
    };

    // Waits for the turn of the caller. Returns when it began, or nothing when a stop is requested
    // first.
    [[nodiscard]] std::optional<clock::time_point> await_turn(const std::stop_token& stop);

    // Waits until the caller is the first and may begin, or a stop is requested.
    void wait_in_queue(std::unique_lock<std::mutex>& lock, const waiting_turn& self,
                       const std::stop_token& stop);

    void end(connect_end how, clock::time_point began) noexcept;

    void enter_registry(const std::string& host);

    const fork_guard made_in_{};
    // The links of the list of shared rates.
    std::string host_{};  // empty when this rate is not in the list
    connection_rate* previous_ = nullptr;
    connection_rate* next_ = nullptr;

    std::mutex mutex_;  // guards the members below
    std::condition_variable_any changed_;
    pool_waiter_queue<waiting_turn> waiting_;  // first come, first served
    connection_pace pace_;
    std::uint64_t ended_ = 0;  // how many connects have ended
};

/// The turn of one connect, from its begin to its end. Not thread-safe.
class connect_turn {
public:
    /// Waits until the connect may begin. Throws `cancelled_error` when a stop is requested first.
    connect_turn(connection_rate& rate, const std::stop_token& stop);
    ~connect_turn() { rate_.end(how_, began_); }
    connect_turn(const connect_turn&) = delete;
    connect_turn& operator=(const connect_turn&) = delete;

    /// Records how the connect has ended. Without this call it was abandoned.
    void ended(connect_end how) noexcept { how_ = how; }

private:
    connection_rate& rate_;
    const connection_pace::clock::time_point began_;
    connect_end how_ = connect_end::abandoned;
};

/// Returns the rate that all pools of this process share for a cluster. It lives as long as one of
/// them does. If the pools ask for different rates, the lowest applies. Thread-safe.
[[nodiscard]] std::shared_ptr<connection_rate> shared_connection_rate(const std::string& host,
                                                                      double per_second, int burst);

}  // namespace dsql::detail
