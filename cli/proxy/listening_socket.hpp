// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/client_connection.hpp"
#include "proxy/unique_fd.hpp"

#include <filesystem>
#include <optional>
#include <string>

namespace dsql_cli::proxy {

/// A client that was accepted.
struct accepted_client {
    client_connection connection;
    std::string peer{};  ///< who it is, for the log
    bool needs_password = false;
    bool is_other_user = false;  ///< the kernel says that another user runs it
};

/// A socket on which clients of this machine connect.
class listening_socket {
public:
    /// Listens on a Unix socket that only this user can open: `.s.PGSQL.<port>`, where libpq looks
    /// for it, in a directory that is made if it is missing. Throws std::runtime_error: if the
    /// directory is not this user's alone, if the path is too long, or if another proxy or another
    /// program listens on it.
    [[nodiscard]] static listening_socket in_directory(const std::filesystem::path& given,
                                                       int port);

    /// Listens on the loopback address 127.0.0.1; port 0 stands for a free one. Throws
    /// std::runtime_error.
    [[nodiscard]] static listening_socket on_loopback(int port);

    /// Removes a Unix socket.
    ~listening_socket();
    listening_socket(listening_socket&& other) noexcept = default;
    listening_socket& operator=(listening_socket&&) = delete;

    /// For poll.
    [[nodiscard]] int descriptor() const noexcept { return socket_.get(); }
    [[nodiscard]] int port() const noexcept { return port_; }
    [[nodiscard]] bool is_unix() const noexcept { return !path_.empty(); }
    /// The address as a person would write it.
    [[nodiscard]] std::string address() const;

    /// Accepts a client; std::nullopt if there is none, or if the system lacks resources.
    [[nodiscard]] std::optional<accepted_client> accept() const;

private:
    listening_socket() = default;

    unique_fd lock_;
    unique_fd socket_;
    std::string path_;
    int port_ = 0;
};

/// The directory for the Unix socket if none is named: in XDG_RUNTIME_DIR, which belongs to the
/// user, else in /tmp, with the user's number in its name.
[[nodiscard]] std::filesystem::path default_socket_directory();

}  // namespace dsql_cli::proxy
