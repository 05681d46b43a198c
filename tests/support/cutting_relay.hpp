// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <random>
#include <thread>

/// A TCP relay on loopback that cuts each connection after a random number of bytes, counted over
/// both directions: so anywhere, in the middle of a TLS record as well. It knows nothing of what it
/// forwards. Half of the cuts are a reset, half an orderly end. A thread for each connection; all
/// end with the object. All functions may be called from any thread.
class cutting_relay {
public:
    /// How many bytes a connection gets to forward.
    struct budget {
        /// The share of connections that get a small one.
        double small_share = 0.25;
        std::size_t longest_small = 8'000;
        std::size_t longest = 60'000;
    };
    /// What it has done.
    struct counts {
        std::uint64_t connections = 0;
        std::uint64_t cuts = 0;        ///< by the relay, not by one of the two sides
        std::uint64_t small_cuts = 0;  ///< of those, within a small budget
        std::uint64_t bytes = 0;
    };

    /// Forwards to a server on loopback. Equal seeds give equal budgets, in the order of the
    /// connections. Throws `std::runtime_error` when it cannot listen.
    cutting_relay(int server_port, unsigned seed, budget budgets);
    ~cutting_relay();
    cutting_relay(const cutting_relay&) = delete;
    cutting_relay& operator=(const cutting_relay&) = delete;

    /// Where clients connect to, on 127.0.0.1.
    [[nodiscard]] int port() const noexcept { return port_; }
    [[nodiscard]] counts count() const;

private:
    struct connection {
        int client = -1;
        int server = -1;
        std::size_t left = 0;  // bytes
        bool is_small = false;
        bool ends_with_reset = false;
        std::atomic<bool> is_over = false;
        std::jthread thread{};
    };

    void accept_all();
    void add(int client);
    void forward(connection& one);
    [[nodiscard]] bool pass_on(connection& one, int from, int to);
    void cut(connection& one);
    void remove_ended();

    const int server_port_;
    const budget budgets_;
    int listener_ = -1;
    int port_ = 0;
    mutable std::mutex mutex_;
    std::mt19937 random_;                // of the accepting thread alone
    counts counts_;                      // guarded by mutex_
    std::list<connection> connections_;  // guarded by mutex_
    std::jthread accepting_;
};
