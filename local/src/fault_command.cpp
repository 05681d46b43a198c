// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <sys/un.h>

#include <filesystem>
#include <iostream>
#include <stdexcept>
#include <string>

namespace dsql_local {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;

constexpr std::string_view error_prefix = "error ";

// Sends a request, calls `handle` with each line of the response except the last, and returns the
// last line.
template <class Handler>
std::string exchange(const std::filesystem::path& path, const std::string& request,
                     Handler handle) {
    asio::io_context io;
    stream_protocol::socket socket(io);
    socket.connect(stream_protocol::endpoint(path.string()));
    asio::write(socket, asio::buffer(request + "\n"));
    std::string received;
    while (true) {
        const std::size_t size = asio::read_until(socket, asio::dynamic_buffer(received), '\n');
        std::string line = received.substr(0, size - 1);
        received.erase(0, size);
        if (line == "ok" || line.compare(0, error_prefix.size(), error_prefix) == 0) {
            return line;
        }
        handle(line);
    }
}

std::filesystem::path require_socket(const options& chosen) {
    if (!chosen.admin_socket) {
        throw std::runtime_error(
            "no endpoint: DSQL_LOCAL_ADMIN_SOCKET is not set (dsql-local run sets it, "
            "dsql-local serve prints it), and there is no --admin-socket PATH");
    }
    if (chosen.admin_socket->string().size() >= sizeof(sockaddr_un::sun_path)) {
        throw std::runtime_error("the path of the admin socket is too long: " +
                                 chosen.admin_socket->string());
    }
    return *chosen.admin_socket;
}

}  // namespace

exit_status send_fault_request(const options& chosen) {
    const std::filesystem::path path = require_socket(chosen);
    std::string status_line;
    try {
        status_line = exchange(path, chosen.fault_request,
                               [](const std::string& line) { std::cout << line << "\n"; });
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("no endpoint answers at the admin socket " + path.string() + ": " +
                                 error.code().message());
    }
    if (status_line == "ok") {
        return 0;
    }
    std::cerr << "dsql-local: " << status_line.substr(error_prefix.size()) << "\n";
    return usage_error;
}

}  // namespace dsql_local
