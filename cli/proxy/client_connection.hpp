// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/transfer.hpp"
#include "proxy/unique_fd.hpp"

#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

namespace dsql_cli::proxy {

/// The client is gone, or the proxy stops: nobody is left to tell.
class client_gone : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The connection of a client of the proxy, in non-blocking mode.
class client_connection {
public:
    explicit client_connection(unique_fd socket) noexcept : socket_(std::move(socket)) {}

    /// The socket, for epoll.
    [[nodiscard]] int socket() const noexcept { return socket_.get(); }

    /// Reads as many bytes as there are, up to `capacity`.
    [[nodiscard]] transfer read(char* buffer, std::size_t capacity) const noexcept;

    /// Writes as many bytes as can be written now.
    [[nodiscard]] transfer write(std::string_view bytes) const noexcept;

    /// Reads what has arrived and discards it. If a socket is closed while it holds unread bytes,
    /// the client may lose what was written to it.
    void discard_input() const noexcept;

private:
    unique_fd socket_;
};

/// Reads and writes whole messages of a client's login, within a time limit for all of them.
class login_stream {
public:
    using clock = std::chrono::steady_clock;

    /// `connection` must stay alive. `stop` is a descriptor that becomes readable when the proxy
    /// stops.
    login_stream(const client_connection& connection, int stop, clock::time_point until) noexcept
        : connection_(connection), stop_(stop), until_(until) {}

    /// Reads `size` bytes. Throws client_gone.
    [[nodiscard]] std::string read(std::size_t size) const;

    /// Writes all bytes. Throws client_gone.
    void write(std::string_view bytes) const;

private:
    void wait(short events) const;

    const client_connection& connection_;
    int stop_;
    clock::time_point until_;
};

}  // namespace dsql_cli::proxy
