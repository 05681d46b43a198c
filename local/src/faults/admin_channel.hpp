// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "faults/fault_table.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <filesystem>
#include <memory>

namespace dsql_local {

/// A Unix socket that accepts the requests of fault_request.hpp, one per line. Only the account
/// that runs the endpoint can connect.
class admin_channel {
public:
    using socket = boost::asio::local::stream_protocol::socket;

    /// Binds and listens. Replaces a socket that a killed process left at `path`. Throws
    /// std::runtime_error, which names the path, if that fails.
    admin_channel(boost::asio::io_context& io, const std::filesystem::path& path,
                  std::shared_ptr<fault_table> faults);

    /// Removes the socket. The io_context must have stopped.
    ~admin_channel();

    admin_channel(const admin_channel&) = delete;
    admin_channel& operator=(const admin_channel&) = delete;

    /// Starts to serve requests on the threads of the io_context.
    void start();

private:
    boost::asio::awaitable<void> accept_clients();
    static boost::asio::awaitable<void> serve(socket client, std::shared_ptr<fault_table> faults);

    boost::asio::io_context& io_;
    std::filesystem::path path_;
    std::shared_ptr<fault_table> faults_;
    boost::asio::local::stream_protocol::acceptor acceptor_;
};

}  // namespace dsql_local
