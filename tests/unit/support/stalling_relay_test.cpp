// SPDX-License-Identifier: Apache-2.0
#include "support/stalling_relay.hpp"

#include "support/loopback_server.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace stalling_relay_test {

/// Echoes everything, on many connections at once.
class echo_server {
public:
    [[nodiscard]] int port() const noexcept { return server_.port(); }

private:
    static void echo(int connection) {
        char buffer[4'096];
        for (;;) {
            const auto size = recv(connection, buffer, sizeof buffer, 0);
            if (size <= 0 ||
                send(connection, buffer, static_cast<std::size_t>(size), MSG_NOSIGNAL) != size) {
                break;
            }
        }
        close(connection);
    }

    std::list<std::jthread> echoes_;  // only the thread of server_ adds one
    loopback_server server_{[this](int connection) {
        echoes_.emplace_back(echo, fcntl(connection, F_DUPFD_CLOEXEC, 0));
    }};
};

class client {
public:
    explicit client(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::runtime_error("cannot connect to the relay");
        }
    }
    ~client() { close(socket_); }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    void write(std::string_view text) const {
        ASSERT_EQ(send(socket_, text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    void finish_writing() const { shutdown(socket_, SHUT_WR); }

    /// Reads `size` bytes, or fewer if the connection ends first.
    [[nodiscard]] std::string read(std::size_t size) const {
        std::string text(size, '\0');
        std::size_t have = 0;
        while (have < size) {
            const auto more = recv(socket_, &text[have], size - have, 0);
            if (more <= 0) {
                break;
            }
            have += static_cast<std::size_t>(more);
        }
        text.resize(have);
        return text;
    }
    [[nodiscard]] bool has_something() const {
        char byte = 0;
        return recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
    }
    [[nodiscard]] bool is_closed() const {
        char byte = 0;
        return recv(socket_, &byte, 1, 0) <= 0;
    }

    /// Writes until the peer accepts no more. Returns the number of bytes.
    [[nodiscard]] std::size_t fill() const {
        const std::string text(65'536, 'f');
        std::size_t size = 0;
        for (;;) {
            const auto sent = send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0) {
                EXPECT_EQ(errno, EAGAIN);
                return size;
            }
            size += static_cast<std::size_t>(sent);
        }
    }

private:
    int socket_;
};

class StallingRelay : public testing::Test {
protected:
    void expect_echo(const client& through, std::string_view text) {
        through.write(text);
        EXPECT_EQ(through.read(text.size()), text);
    }

    echo_server server_;
    stalling_relay relay_{server_.port()};
};

TEST_F(StallingRelay, ForwardsBothWays) {
    const client one(relay_.port());
    const client other(relay_.port());
    expect_echo(one, "hello");
    expect_echo(other, "to you");
    expect_echo(one, std::string(300'000, 'x'));
    EXPECT_EQ(relay_.forwarded(stalling_relay::to_server), 300'011U);
    EXPECT_EQ(relay_.forwarded(stalling_relay::to_client), 300'011U);
}

TEST_F(StallingRelay, ALimitOfLaterConnections) {
    const client earlier(relay_.port());
    relay_.stall_later_connections_after(stalling_relay::to_client, 2);
    const client later(relay_.port());
    later.write("abcd");
    EXPECT_EQ(later.read(2), "ab");
    relay_.wait_until_stalled(stalling_relay::to_client);
    EXPECT_FALSE(later.has_something());
    expect_echo(earlier, "as before");
    relay_.resume();
    EXPECT_EQ(later.read(2), "cd");
    const client last(relay_.port());
    expect_echo(last, "hello");
}

TEST_F(StallingRelay, HoldsBackBytesAfterALimit) {
    const client one(relay_.port());
    expect_echo(one, "hello");
    relay_.stall_after(stalling_relay::to_client, 4);
    one.write("0123456789");
    EXPECT_EQ(one.read(4), "0123");
    relay_.wait_until_stalled(stalling_relay::to_client);
    EXPECT_FALSE(one.has_something());
    EXPECT_EQ(relay_.forwarded(stalling_relay::to_server), 15U);
    EXPECT_EQ(relay_.forwarded(stalling_relay::to_client), 9U);
    relay_.resume();
    EXPECT_EQ(one.read(6), "456789");
    expect_echo(one, "as before");
}

TEST_F(StallingRelay, StallsTowardsTheServer) {
    const client one(relay_.port());
    relay_.stall_after(stalling_relay::to_server, 2);
    one.write("0123");
    EXPECT_EQ(one.read(2), "01");
    relay_.wait_until_stalled(stalling_relay::to_server);
    EXPECT_FALSE(one.has_something());
    EXPECT_EQ(relay_.forwarded(stalling_relay::to_server), 2U);
    relay_.stall_after(stalling_relay::to_server, 1);
    EXPECT_EQ(one.read(1), "2");
    relay_.wait_until_stalled(stalling_relay::to_server);
    EXPECT_EQ(relay_.forwarded(stalling_relay::to_server), 3U);
    relay_.resume();
    EXPECT_EQ(one.read(1), "3");
}

TEST_F(StallingRelay, DoesNotReadWhatItHoldsBack) {
    const client one(relay_.port());
    relay_.stall_after(stalling_relay::to_server, 0);
    const std::size_t size = one.fill();
    relay_.wait_until_stalled(stalling_relay::to_server);
    EXPECT_EQ(relay_.forwarded(stalling_relay::to_server), 0U);
    EXPECT_FALSE(one.has_something());
    relay_.resume();
    EXPECT_EQ(one.read(size), std::string(size, 'f'));
}

TEST_F(StallingRelay, DoesNotStallLaterConnections) {
    const client old(relay_.port());
    expect_echo(old, "hello");
    relay_.stall_after(stalling_relay::to_client, 0);
    old.write("held back");
    relay_.wait_until_stalled(stalling_relay::to_client);
    const client later(relay_.port());
    expect_echo(later, "not held back");
    EXPECT_FALSE(old.has_something());
}

TEST_F(StallingRelay, CountsForEachConnection) {
    const client one(relay_.port());
    const client other(relay_.port());
    expect_echo(one, "a");
    expect_echo(other, "b");
    relay_.stall_after(stalling_relay::to_client, 3);
    expect_echo(one, "012");
    expect_echo(other, "345");
    other.write("x");
    relay_.wait_until_stalled(stalling_relay::to_client);
    EXPECT_EQ(relay_.forwarded(stalling_relay::to_client), 8U);
}

TEST_F(StallingRelay, ForwardsTheEndOfAStream) {
    const client one(relay_.port());
    one.write("last words");
    one.finish_writing();
    EXPECT_EQ(one.read(100), "last words");
}

TEST_F(StallingRelay, HoldsBackTheEndOfAStream) {
    const client one(relay_.port());
    relay_.stall_after(stalling_relay::to_server, 0);
    one.finish_writing();
    const client other(relay_.port());
    // The relay checks all its connections in each round, so it has seen the end of the first one
    // well before the last round.
    for (int i = 0; i < 50; ++i) {
        expect_echo(other, "busy");
    }
    EXPECT_FALSE(one.has_something());
    relay_.resume();
    EXPECT_TRUE(one.is_closed());
}

TEST_F(StallingRelay, CutsConnectionsAndTakesNewOnes) {
    const client idle(relay_.port());
    const client stalled(relay_.port());
    expect_echo(stalled, "hello");
    relay_.stall_after(stalling_relay::to_server, 0);
    stalled.write("never arrives");
    relay_.wait_until_stalled(stalling_relay::to_server);
    relay_.cut();
    EXPECT_TRUE(idle.is_closed());
    EXPECT_TRUE(stalled.is_closed());
    const client later(relay_.port());
    expect_echo(later, "hello again");
}

TEST_F(StallingRelay, EndsWhileStalled) {
    const client one(relay_.port());
    relay_.stall_after(stalling_relay::to_client, 0);
    relay_.stall_after(stalling_relay::to_server, 0);
    one.write("unread");
    relay_.wait_until_stalled(stalling_relay::to_server);
}

TEST(StallingRelayWithoutServer, ClosesTheConnection) {
    const int nobody = loopback_server([](int) {}).port();
    stalling_relay relay(nobody);
    EXPECT_TRUE(client(relay.port()).is_closed());
}

}  // namespace stalling_relay_test
