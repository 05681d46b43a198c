// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <list>
#include <mutex>
#include <thread>

/// A TCP relay on loopback between clients and a server on loopback, which can be told to stop
/// forwarding, as a network does that drops everything. Its one thread serves all connections and
/// ends with the object, which closes them. All functions may be called from any thread.
class stalling_relay {
public:
    enum class direction { to_client, to_server };
    using enum direction;

    /// Throws `std::runtime_error` when it cannot listen.
    explicit stalling_relay(int server_port);
    ~stalling_relay();
    stalling_relay(const stalling_relay&) = delete;
    stalling_relay& operator=(const stalling_relay&) = delete;

    /// Where clients connect to, on 127.0.0.1.
    [[nodiscard]] int port() const noexcept { return port_; }

    /// Each connection there is now forwards this many more bytes this way and then nothing, not
    /// even that its sender has closed. It stays open and is not read, so that the sender's
    /// buffers fill. Connections made later are not affected. Takes the place of an earlier stall
    /// the same way.
    void stall_after(direction way, std::size_t bytes);
    /// All connections forward everything again, what was held back first.
    void resume();
    /// How many bytes went this way so far, on all connections together.
    [[nodiscard]] std::size_t forwarded(direction way) const;
    /// Closes both sides of all connections there are now.
    void cut();
    /// Blocks until a connection that is still there has a byte to hold back this way.
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
    int wake_ = -1;  // an eventfd, readable when the thread should look again
    mutable std::mutex mutex_;
    std::condition_variable stalled_;
    bool stopping_ = false;
    // Only the thread removes one, and only it waits on their sockets: so no other socket can get
    // the number of one that is being waited on.
    std::list<connection> connections_;
    std::array<std::size_t, 2> forwarded_ = {};
    std::jthread thread_;
};
