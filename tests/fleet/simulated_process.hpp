// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fleet/simulated_cluster.hpp"
#include "fleet/simulated_time.hpp"
#include "pool/connection_pace.hpp"
#include "pool/pool_engine.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <vector>

namespace fleet {

/// What all processes of a simulation share.
struct simulated_world {
    explicit simulated_world(const cluster_quotas& quotas, unsigned seed)
        : cluster(quotas), random(seed) {}

    [[nodiscard]] double uniform(double least, double most) {
        return std::uniform_real_distribution<double>(least, most)(random);
    }

    event_queue events{};
    simulated_cluster cluster;
    std::mt19937 random;
    /// Callers that began since `counts_from` and got an error instead of a connection.
    int gave_up = 0;
    time_of_wait counts_from{};
};

/// A connection to the simulated cluster.
struct simulated_connection : dsql::detail::pool_slot<simulated_connection, simulated_clock> {
    explicit simulated_connection(simulated_cluster& of) : cluster(of), made_after(of.restarts()) {}
    ~simulated_connection() { cluster.closed(made_after); }
    simulated_connection(const simulated_connection&) = delete;
    simulated_connection& operator=(const simulated_connection&) = delete;

    [[nodiscard]] bool reusable() const noexcept { return !broken(); }
    [[nodiscard]] bool broken() const noexcept { return made_after != cluster.restarts(); }
    [[nodiscard]] bool closed_by_peer() const noexcept { return broken(); }

    simulated_cluster& cluster;
    const int made_after;
};

/// A process with one pool, which it keeps full, and with callers who use it now and then. The pool
/// has the engine and the pace of `dsql::pool`; only the clock, the network and the cluster are
/// simulated.
class simulated_process {
public:
    simulated_process(simulated_world& in, int connections, seconds between_callers);
    ~simulated_process();
    simulated_process(const simulated_process&) = delete;
    simulated_process& operator=(const simulated_process&) = delete;

    void start();
    void stop();

    /// Whether the pool has all its connections.
    [[nodiscard]] bool is_full() const { return open() >= connections_; }
    [[nodiscard]] int open() const;

private:
    using engine = dsql::detail::pool_engine<simulated_connection, simulated_clock>;
    class use;
    class caller;
    struct connecting;

    void maintain_at(time_of_wait time);
    void maintain();
    void call();
    void await_turn(const std::shared_ptr<connecting>& one);
    void take_turn(const std::shared_ptr<connecting>& one);
    void take_turns_early();
    void begin_connects();
    void send(const std::shared_ptr<connecting>& one);
    void receive(const std::shared_ptr<connecting>& one, answer given);

    simulated_world& world_;
    const int connections_;
    const seconds between_callers_;
    dsql::detail::connection_pace pace_;
    std::vector<std::shared_ptr<connecting>> paused_{};  // after a failed connect
    std::deque<std::shared_ptr<connecting>> queue_{};    // for the pace
    time_of_wait next_begin_ = time_of_wait::max();
    time_of_wait next_round_ = time_of_wait::max();
    bool is_stopped_ = false;
    std::shared_ptr<engine> pool_;  // last: it uses the other members
};

}  // namespace fleet
