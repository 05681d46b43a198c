// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "support/exit_now.hpp"
#include "support/loopback_socket.hpp"

#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

/// An HTTP server in a process of its own, which gives every request the same answer. It serves all
/// connections at once: a client that stops in the middle of a request holds up no other.
class credentials_server {
public:
    explicit credentials_server(std::string body)
        : body_(std::move(body)), listener_(loopback_socket::open()) {
        port_ = loopback_socket::listen_anywhere(listener_);
        process_ = port_ < 0 ? -1 : fork();
        if (process_ < 0) {
            throw std::runtime_error("cannot serve credentials");
        }
        if (process_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve();
        }
        close(listener_);
    }
    ~credentials_server() { kill(process_, SIGKILL); }
    credentials_server(const credentials_server&) = delete;
    credentials_server& operator=(const credentials_server&) = delete;

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

private:
    [[noreturn]] void serve() const {
        for (;;) {
            const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (connection < 0) {
                exit_now(1);
            }
            std::thread([this, connection] { answer(connection); }).detach();
        }
    }

    void answer(int connection) const {
        std::string request;
        std::array<char, 4'096> part{};
        while (request.find("\r\n\r\n") == std::string::npos) {
            const ssize_t size = recv(connection, part.data(), part.size(), 0);
            if (size <= 0) {
                close(connection);
                return;
            }
            request.append(part.data(), static_cast<std::size_t>(size));
        }
        const std::string response = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
                                     std::to_string(body_.size()) + "\r\n\r\n" + body_;
        send(connection, response.data(), response.size(), MSG_NOSIGNAL);
        close(connection);
    }

    const std::string body_;
    const int listener_;
    int port_ = -1;
    pid_t process_ = -1;
};
