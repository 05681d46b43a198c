// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <thread>

/// A TCP relay on loopback that can stop forwarding, like a network that drops all packets. One
/// thread serves all connections. The destructor closes them and ends the thread. Thread-safe.
class stalling_relay {
public:
    enum class direction { to_client, to_server };
    using enum direction;

    /// Throws `std::runtime_error` if it cannot listen.
    explicit stalling_relay(int server_port);
    ~stalling_relay();
    stalling_relay(const stalling_relay&) = delete;
    stalling_relay& operator=(const stalling_relay&) = delete;

    /// The port on 127.0.0.1 to which clients connect.
    [[nodiscard]] int port() const noexcept { return port_; }

    /// Each current connection forwards this many more bytes in this direction and then nothing,
    /// not even that the sender has closed. It stays open, and the relay does not read from it, so
    /// that the sender's buffers fill. Later connections are not affected. Replaces an earlier
    /// stall in this direction.
    void stall_after(direction way, std::size_t bytes);
    /// The same for each connection that is accepted from now on.
    void stall_later_connections_after(direction way, std::size_t bytes);
    /// Ends all stalls. Connections first forward the data that was held back.
    void resume();
    /// How many bytes all connections together have forwarded in this direction.
    [[nodiscard]] std::size_t forwarded(direction way) const;
    /// Closes both sides of all current connections.
    void cut();
    /// Blocks until an open connection holds back a byte in this direction.
    void wait_until_stalled(direction way);

private:
    struct flow;
    struct connection;

    void accept_all();
    void serve();
    void forward_all();
    void wake() const;
    [[nodiscard]] bool is_stalled(direction way) const;

    int listener_ = -1;
    int port_ = 0;
    int server_port_;
    int wake_ = -1;  // an eventfd that wakes the thread up
    mutable std::mutex mutex_;
    std::condition_variable stalled_;
    bool stopping_ = false;
    // Only the thread removes connections, and only it waits for their sockets. So it never waits
    // for a descriptor that was closed and reused.
    std::list<connection> connections_;
    std::array<std::optional<std::size_t>, 2> limits_of_later_;  // in the order of `direction`
    std::array<std::size_t, 2> forwarded_ = {};
    std::jthread thread_;
};
