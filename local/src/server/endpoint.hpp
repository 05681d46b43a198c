// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/admin_channel.hpp"
#include "server/session.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <thread>
#include <vector>

namespace dsql_local {

/// Listens on TCP and serves each client in a separate session, which stays on one thread.
/// Construct, start and destroy it in one thread.
class endpoint {
public:
    /// Binds and listens, but accepts no clients before start(). Port 0 means any free port.
    /// Throws std::runtime_error, which names the address and port or the admin socket, if that
    /// fails.
    endpoint(const boost::asio::ip::tcp::endpoint& address, boost::asio::ssl::context tls,
             session_settings settings, const std::filesystem::path& admin_socket);

    /// Closes every session.
    ~endpoint();

    endpoint(const endpoint&) = delete;
    endpoint& operator=(const endpoint&) = delete;

    /// The port on which it listens.
    std::uint16_t port() const;

    /// Starts threads that accept and serve clients.
    void start();

private:
    // The sessions of one thread.
    struct worker {
        boost::asio::io_context io{1};  // one thread runs it, so it needs no strands
        std::thread thread = {};
    };

    boost::asio::io_context& main_io() { return workers_.front()->io; }
    boost::asio::io_context& next_io();
    boost::asio::awaitable<void> accept_clients();
    void start_session(boost::asio::ip::tcp::socket socket);
    bool try_start_session(boost::asio::ip::tcp::socket socket);
    static void run_worker(worker& which);

    // Destroying the workers destroys the sessions, which use the two members before them.
    std::shared_ptr<const session_settings> settings_;
    boost::asio::ssl::context tls_;
    std::vector<std::unique_ptr<worker>> workers_;
    boost::asio::ip::tcp::acceptor acceptor_;
    admin_channel admin_;
    std::uint64_t session_count_ = 0;
};

}  // namespace dsql_local
