// SPDX-License-Identifier: Apache-2.0
#include "support/stalling_relay.hpp"

#include "support/loopback_socket.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

namespace {

int new_socket() {
    return loopback_socket::open(SOCK_NONBLOCK);
}

/// Creates a socket that is connecting to the server. A read from it reports an error, if any.
int socket_to(int port) {
    const int server = new_socket();
    static_cast<void>(loopback_socket::connect_to(server, port));
    return server;
}

bool would_block() {
    return errno == EAGAIN || errno == EINTR;
}

}  // namespace

/// One direction of a connection.
struct stalling_relay::flow {
    int from;
    int to;
    std::array<char, 16'384> buffer;
    std::size_t begin = 0;  // the start of the data that is not written yet
    std::size_t end = 0;
    std::optional<std::size_t> allowed = {};  // bytes until it stalls; none: it does not
    bool stalled = false;                     // it has held back a byte
    bool ended_early = false;                 // the sender has closed, which is not forwarded yet
    bool ended = false;                       // everything up to the end has been read
    bool broken = false;

    flow(int source, int destination) : from(source), to(destination) {}

    [[nodiscard]] std::size_t within_limit(std::size_t size) const {
        return allowed ? std::min(*allowed, size) : size;
    }
    [[nodiscard]] bool wants_to_write() const { return within_limit(end - begin) > 0; }
    [[nodiscard]] bool wants_to_read() const {
        return begin == end && !ended && !stalled && !ended_early;
    }

    void set_limit(std::optional<std::size_t> bytes) {
        allowed = bytes;
        stalled = false;
        ended_early = false;
    }

    /// Writes and reads as much as possible without waiting. Returns the number of bytes written.
    std::size_t forward() {
        const std::size_t written = write();
        if (begin < end) {
            stalled = allowed == 0U;
        } else if (allowed == 0U) {
            look_for_more();
        } else if (wants_to_read()) {
            read();
        }
        return written;
    }

private:
    std::size_t write() {
        if (!wants_to_write()) {
            return 0;
        }
        const auto sent = send(to, &buffer[begin], within_limit(end - begin), MSG_NOSIGNAL);
        if (sent < 0) {
            broken = !would_block();
            return 0;
        }
        const auto size = static_cast<std::size_t>(sent);
        begin += size;
        if (allowed) {
            *allowed -= size;
        }
        return size;
    }

    void read() {
        const auto received = recv(from, buffer.data(), within_limit(buffer.size()), 0);
        if (received < 0) {
            broken = !would_block();
            return;
        }
        begin = 0;
        end = static_cast<std::size_t>(received);
        if (received == 0) {
            ended = true;
            shutdown(to, SHUT_WR);
        }
    }

    /// Checks whether there is more data, without reading it.
    void look_for_more() {
        if (stalled || ended_early) {
            return;
        }
        char next = 0;
        const auto received = recv(from, &next, 1, MSG_PEEK);
        stalled = received > 0;
        ended_early = received == 0 || (received < 0 && !would_block());
    }
};

struct stalling_relay::connection {
    int client;
    int server;
    flow flows[2] = {{server, client}, {client, server}};  // in the order of `direction`

    connection(int accepted, int connected) : client(accepted), server(connected) {
        loopback_socket::send_at_once(client);
        loopback_socket::send_at_once(server);
    }
    ~connection() {
        close(client);
        close(server);
    }
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    [[nodiscard]] flow& operator[](direction way) { return flows[static_cast<std::size_t>(way)]; }
    [[nodiscard]] const flow& operator[](direction way) const {
        return flows[static_cast<std::size_t>(way)];
    }

    [[nodiscard]] bool is_over() const {
        return flows[0].broken || flows[1].broken || (flows[0].ended && flows[1].ended);
    }

    void cut() {
        shutdown(client, SHUT_RDWR);
        shutdown(server, SHUT_RDWR);
        flows[0].broken = true;
    }

    /// Returns the events to wait for at one of the two sockets. `out` is the direction towards it.
    [[nodiscard]] static pollfd interest(const flow& out, const flow& in) {
        const int events = (out.wants_to_write() ? POLLOUT : 0) | (in.wants_to_read() ? POLLIN : 0);
        // poll(2) reports a hang-up even without requested events, but ignores negative
        // descriptors.
        return {events == 0 ? -1 : out.to, static_cast<short>(events), 0};
    }
};

stalling_relay::stalling_relay(int server_port)
    : listener_(new_socket()), server_port_(server_port), wake_(eventfd(0, EFD_CLOEXEC)) {
    port_ = loopback_socket::listen_anywhere(listener_);
    if (port_ < 0 || wake_ < 0) {
        close(listener_);
        close(wake_);
        throw std::runtime_error("cannot listen on loopback");
    }
    thread_ = std::jthread([this] { serve(); });
}

stalling_relay::~stalling_relay() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake();
    thread_.join();
    close(listener_);
    close(wake_);
}

void stalling_relay::stall_after(direction way, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    // There may be a connected client that the thread has not accepted yet.
    accept_all();
    for (auto& each : connections_) {
        each[way].set_limit(bytes);
    }
    wake();
}

void stalling_relay::stall_later_connections_after(direction way, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    accept_all();
    limits_of_later_[static_cast<std::size_t>(way)] = bytes;
}

void stalling_relay::resume() {
    const std::lock_guard lock(mutex_);
    limits_of_later_ = {};
    for (auto& each : connections_) {
        each[to_client].set_limit({});
        each[to_server].set_limit({});
    }
    wake();
}

std::size_t stalling_relay::forwarded(direction way) const {
    const std::lock_guard lock(mutex_);
    return forwarded_[static_cast<std::size_t>(way)];
}

void stalling_relay::cut() {
    const std::lock_guard lock(mutex_);
    accept_all();
    for (auto& each : connections_) {
        each.cut();
    }
    wake();
}

void stalling_relay::wait_until_stalled(direction way) {
    std::unique_lock lock(mutex_);
    stalled_.wait(lock, [&] { return is_stalled(way); });
}

bool stalling_relay::is_stalled(direction way) const {
    return std::any_of(connections_.begin(), connections_.end(),
                       [&](const connection& each) { return each[way].stalled; });
}

void stalling_relay::wake() const {
    static_cast<void>(eventfd_write(wake_, 1));
}

void stalling_relay::accept_all() {
    for (;;) {
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) {
            return;
        }
        connection& accepted = connections_.emplace_back(client, socket_to(server_port_));
        for (const auto way : {to_client, to_server}) {
            accepted[way].set_limit(limits_of_later_[static_cast<std::size_t>(way)]);
        }
    }
}

void stalling_relay::serve() {
    std::vector<pollfd> waits;
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        accept_all();
        forward_all();
        waits = {{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
        for (const auto& each : connections_) {
            waits.push_back(connection::interest(each[to_client], each[to_server]));
            waits.push_back(connection::interest(each[to_server], each[to_client]));
        }
        lock.unlock();
        poll(waits.data(), waits.size(), -1);
        if (waits[1].revents != 0) {
            eventfd_t count = 0;
            eventfd_read(wake_, &count);
        }
        lock.lock();
    }
}

void stalling_relay::forward_all() {
    for (auto& each : connections_) {
        for (const auto way : {to_client, to_server}) {
            forwarded_[static_cast<std::size_t>(way)] += each[way].forward();
        }
    }
    connections_.remove_if([](const connection& each) { return each.is_over(); });
    stalled_.notify_all();
}
