// SPDX-License-Identifier: Apache-2.0
#include "support/cutting_relay.hpp"

#include "support/loopback_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

namespace {

bool send_all(int to, const char* bytes, std::size_t size) {
    while (size > 0) {
        const ssize_t sent = send(to, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        size -= static_cast<std::size_t>(sent);
    }
    return true;
}

// What the library sends for COMMIT, as the only record of TLS 1.3: Parse (15 bytes), Bind (15),
// Describe (7), Execute (10) and Sync (5), a byte for the type of the record, 16 for the tag, 5 for
// the header. Hardly anything else is as long.
constexpr std::size_t commit_record = 15 + 15 + 7 + 10 + 5 + 1 + 16 + 5;
constexpr std::size_t longest_commit_result = 100;

bool is_commit(const char* bytes, std::size_t size) noexcept {
    constexpr char application_data = 23;
    return size == commit_record && bytes[0] == application_data;
}

void reset_on_close(int socket) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace

cutting_relay::cutting_relay(int server_port, unsigned seed, budget budgets)
    : server_port_(server_port),
      budgets_(budgets),
      listener_(loopback_socket::open()),
      random_(seed) {
    port_ = loopback_socket::listen_anywhere(listener_);
    if (port_ < 0) {
        close(listener_);
        throw std::runtime_error("cannot listen on loopback");
    }
    accepting_ = std::jthread([this] { accept_all(); });
}

cutting_relay::~cutting_relay() {
    shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
        ending_.notify_all();
        for (connection& one : connections_) {
            if (!one.is_late) {
                shutdown(one.client, SHUT_RDWR);
                shutdown(one.server, SHUT_RDWR);
            }
        }
    }
    connections_.clear();  // joins the threads
    close(listener_);
}

cutting_relay::counts cutting_relay::count() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

void cutting_relay::accept_all() {
    for (;;) {
        const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) {
            return;
        }
        remove_ended();
        add(client);
    }
}

void cutting_relay::add(int client) {
    const int server = loopback_socket::open();
    loopback_socket::send_at_once(client);
    loopback_socket::send_at_once(server);
    if (!loopback_socket::connect_to(server, server_port_)) {
        close(client);
        close(server);
        return;
    }
    const bool is_small = std::bernoulli_distribution(budgets_.small_share)(random_);
    const std::size_t left = std::uniform_int_distribution<std::size_t>(
        0, is_small ? budgets_.longest_small : budgets_.longest)(random_);
    const bool ends_with_reset = std::bernoulli_distribution(0.5)(random_);
    const std::lock_guard lock(mutex_);
    ++counts_.connections;
    connection& added = connections_.emplace_back();
    added.client = client;
    added.server = server;
    added.left = left;
    added.is_small = is_small;
    added.ends_with_reset = ends_with_reset;
    added.random.seed(random_());
    added.thread = std::jthread([this, &added] { forward(added); });
}

void cutting_relay::forward(connection& one) {
    std::array<pollfd, 2> waits = {pollfd{.fd = one.client, .events = POLLIN, .revents = 0},
                                   pollfd{.fd = one.server, .events = POLLIN, .revents = 0}};
    for (bool goes_on = true; goes_on;) {
        poll(waits.data(), waits.size(), -1);
        for (std::size_t i = 0; i < 2 && goes_on; ++i) {
            goes_on = waits[i].revents == 0 || pass_on(one, waits[i].fd, waits[1 - i].fd);
        }
    }
    // Hold the lock while closing, so that the destructor cannot use a descriptor that was reused.
    const std::lock_guard lock(mutex_);
    close(one.client);
    close(one.server);
    one.client = -1;
    one.server = -1;
    one.is_over = true;
}

// Whether the connection goes on.
bool cutting_relay::pass_on(connection& one, int from, int to) {
    std::array<char, 16'384> part{};
    const ssize_t received = recv(from, part.data(), part.size(), 0);
    if (received <= 0) {
        return false;  // that side has closed, so close the other side too
    }
    if (from == one.client &&
        strikes_commit(one, part.data(), static_cast<std::size_t>(received))) {
        return false;
    }
    const std::size_t size = std::min(static_cast<std::size_t>(received), one.left);
    const bool is_sent = send_all(to, part.data(), size);
    one.left -= size;
    const bool is_cut = size < static_cast<std::size_t>(received);
    {
        const std::lock_guard lock(mutex_);
        counts_.bytes += size;
    }
    if (is_cut) {
        cut(one);
    }
    return is_sent && !is_cut;
}

// Decides what happens to a COMMIT. Returns whether it has been delivered late, which ends the
// connection.
bool cutting_relay::strikes_commit(connection& one, const char* bytes, std::size_t size) {
    if (!is_commit(bytes, size)) {
        return false;
    }
    std::uniform_real_distribution<double> share(0, 1);
    const double chance = share(one.random);
    if (chance < budgets_.commits_late) {
        deliver_late(one, bytes, size);
        return true;
    }
    if (chance < budgets_.commits_late + budgets_.commits_cut) {
        one.left = std::min(one.left, std::uniform_int_distribution<std::size_t>(
                                          0, commit_record + longest_commit_result)(one.random));
        const std::lock_guard lock(mutex_);
        ++counts_.commits_cut;
    }
    return false;
}

// The client sees the end of its connection at once.
void cutting_relay::deliver_late(connection& one, const char* bytes, std::size_t size) {
    shutdown(one.client, SHUT_RDWR);
    const std::chrono::milliseconds delay(std::uniform_int_distribution<int>(0, 300)(one.random));
    {
        std::unique_lock lock(mutex_);
        one.is_late = true;
        ++counts_.commits_late;
        ending_.wait_for(lock, delay, [this] { return is_ending_; });
    }
    if (send_all(one.server, bytes, size)) {
        std::array<char, 1'024> result{};
        static_cast<void>(recv(one.server, result.data(), result.size(), 0));
    }
}

void cutting_relay::cut(connection& one) {
    if (one.ends_with_reset) {
        reset_on_close(one.client);
        reset_on_close(one.server);
    }
    const std::lock_guard lock(mutex_);
    ++counts_.cuts;
    counts_.small_cuts += one.is_small ? 1 : 0;
}

void cutting_relay::remove_ended() {
    const std::lock_guard lock(mutex_);
    connections_.remove_if([](const connection& one) { return one.is_over.load(); });
}
