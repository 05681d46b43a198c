// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/event.hpp"
#include "support/loopback_server.hpp"
#include "support/protocol_server.hpp"
#include "support/scoped_environment.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

/// A container's endpoint for credentials, named by the environment, that strikes until it relents.
/// It serves one client at a time. `refuse` is the status 403.
class struck_source {
public:
    explicit struck_source(strike_fault with) : with_(with) {
        environment_.clear();
        environment_.set("AWS_EC2_METADATA_DISABLED", "true");
        environment_.set("HOME", "/nonexistent");
        name_endpoint(server_.port());
    }

    /// From now on, it gives credentials.
    void relent() { has_relented_ = true; }

private:
    // Not with setenv, which keeps every value that it ever got: each port would cost two blocks of
    // memory, and look like a leak.
    void name_endpoint(int port) {
        static constexpr const char* name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
        static std::array<char, 128> entry{};  // in the environment, not copied
        environment_.unset(name);              // and at the end what it was before
        std::snprintf(entry.data(), entry.size(), "%s=http://127.0.0.1:%d/", name, port);
        putenv(entry.data());
    }
    void serve(int connection) {
        std::string request;
        std::array<char, 4096> part{};
        while (request.find("\r\n\r\n") == std::string::npos) {
            const ssize_t size = recv(connection, part.data(), part.size(), 0);
            if (size <= 0) {
                return;
            }
            request.append(part.data(), static_cast<std::size_t>(size));
        }
        if (has_relented_) {
            say(connection, right_answer());
            finish(connection);
        } else {
            strike(connection);
        }
    }
    static std::string right_answer() {
        const std::string body =
            R"({"AccessKeyId":"AKIDCONTAINER","SecretAccessKey":"secret","Token":"token",)"
            R"("Expiration":"2099-01-01T00:00:00Z"})";
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
    }
    static bool say(int connection, std::string_view text) {
        while (!text.empty()) {
            const ssize_t size = send(connection, text.data(), text.size(), MSG_NOSIGNAL);
            if (size <= 0) {
                return false;
            }
            text.remove_prefix(static_cast<std::size_t>(size));
        }
        return true;
    }
    static void drain(int connection) {
        std::array<char, 4096> dropped{};
        while (recv(connection, dropped.data(), dropped.size(), 0) > 0) {
        }
    }
    static void finish(int connection) {
        shutdown(connection, SHUT_WR);
        drain(connection);
    }
    void strike(int connection) {
        const std::string right = right_answer();
        switch (with_) {
            case strike_fault::refuse:
                say(connection,
                    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                return finish(connection);
            case strike_fault::reset: {
                const linger at_once{.l_onoff = 1, .l_linger = 0};
                setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
                return;
            }
            case strike_fault::stall:
                return drain(connection);
            case strike_fault::half_close:
                return finish(connection);
            case strike_fault::garbage:
                say(connection, std::string_view("\xff\xfe\0\x01 no HTTP \x1b[31m\r\n\r\n", 21));
                return finish(connection);
            case strike_fault::truncated:
                say(connection, right.substr(0, right.size() - 40));
                return finish(connection);
            case strike_fault::trickle:
                return trickle(connection, right);
            case strike_fault::oversize: {
                const std::string zeros(65'536, '0');
                bool goes_on = say(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
                while (goes_on) {
                    goes_on = say(connection, zeros);
                }
                return;
            }
        }
    }
    static void trickle(int connection, std::string_view right) {
        for (std::size_t i = 0; i + 1 < right.size() && say(connection, right.substr(i, 1)); ++i) {
            pollfd client{.fd = connection, .events = POLLRDHUP, .revents = 0};
            if (poll(&client, 1, 4) != 0) {
                return;
            }
        }
        drain(connection);
    }

    const strike_fault with_;
    std::atomic<bool> has_relented_ = false;
    scoped_environment environment_{};
    loopback_server server_{[this](int connection) {
        serve(connection);
    }};
};
