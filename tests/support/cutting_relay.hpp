// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <random>
#include <thread>

/// A TCP relay on loopback that cuts each connection after a random number of bytes in both
/// directions together, so a cut can be anywhere, even within a TLS record. Half of the cuts are a
/// reset, half an orderly close. Uses a thread per connection; the destructor ends them.
/// Thread-safe.
class cutting_relay {
public:
    /// How many bytes a connection forwards before it is cut.
    struct budget {
        /// The share of connections that get a small budget.
        double small_share = 0.25;
        std::size_t longest_small = 8'000;
        std::size_t longest = 60'000;
        /// The share of COMMITs at which the connection is cut: at a random byte of the COMMIT, of
        /// its response or shortly after.
        double commits_cut = 0;
        /// The share of COMMITs that are late: the client's connection is cut, and up to 300 ms
        /// later the server gets the COMMIT.
        double commits_late = 0;
    };
    /// Statistics of the relay.
    struct counts {
        std::uint64_t connections = 0;
        std::uint64_t cuts = 0;        ///< connections that the relay has cut
        std::uint64_t small_cuts = 0;  ///< cuts of connections with a small budget
        std::uint64_t commits_cut = 0;
        std::uint64_t commits_late = 0;
        std::uint64_t bytes = 0;
    };

    /// Forwards to a server on loopback. The same seed gives the same sequence of budgets. Throws
    /// `std::runtime_error` if it cannot listen.
    cutting_relay(int server_port, unsigned seed, budget budgets);
    ~cutting_relay();
    cutting_relay(const cutting_relay&) = delete;
    cutting_relay& operator=(const cutting_relay&) = delete;

    /// The port on 127.0.0.1 to which clients connect.
    [[nodiscard]] int port() const noexcept { return port_; }
    [[nodiscard]] counts count() const;

private:
    struct connection {
        int client = -1;
        int server = -1;
        std::size_t left = 0;  // bytes
        bool is_small = false;
        bool ends_with_reset = false;
        bool is_late = false;  // guarded by mutex_: its server gets a COMMIT before the end
        std::minstd_rand random{};
        std::atomic<bool> is_over = false;
        std::jthread thread{};
    };

    void accept_all();
    void add(int client);
    void forward(connection& one);
    [[nodiscard]] bool pass_on(connection& one, int from, int to);
    [[nodiscard]] bool strikes_commit(connection& one, const char* bytes, std::size_t size);
    void deliver_late(connection& one, const char* bytes, std::size_t size);
    void cut(connection& one);
    void remove_ended();

    const int server_port_;
    const budget budgets_;
    int listener_ = -1;
    int port_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable ending_;     // of the relay
    bool is_ending_ = false;             // guarded by mutex_
    std::mt19937 random_;                // used only by the accepting thread
    counts counts_;                      // guarded by mutex_
    std::list<connection> connections_;  // guarded by mutex_
    std::jthread accepting_;
};
