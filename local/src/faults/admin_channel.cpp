// SPDX-License-Identifier: Apache-2.0
#include "faults/admin_channel.hpp"

#include "faults/fault_request.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>

namespace dsql_local {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t max_line_size = 4096;
constexpr std::chrono::milliseconds admin_accept_pause(50);

bool has_listener(const std::filesystem::path& path) {
    asio::io_context io;
    stream_protocol::socket probe(io);
    boost::system::error_code error;
    probe.connect(stream_protocol::endpoint(path.string()), error);
    return !error;
}

// Removes a socket that nobody listens at. Other files and the socket of a running endpoint stay,
// and bind() then fails.
void remove_old_socket(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_socket(path, ignored) && !has_listener(path)) {
        unlink(path.c_str());
    }
}

stream_protocol::acceptor listen_on(asio::io_context& io, const std::filesystem::path& path) {
    if (path.string().size() >= sizeof(sockaddr_un::sun_path)) {
        throw std::runtime_error("the path of the admin socket is too long: " + path.string());
    }
    remove_old_socket(path);
    // umask rather than chmod, so that other accounts cannot connect at any time.
    const mode_t before = umask(S_IRWXG | S_IRWXO);
    boost::system::error_code error;
    stream_protocol::acceptor acceptor(io, stream_protocol());
    acceptor.bind(stream_protocol::endpoint(path.string()), error);
    umask(before);
    if (!error) {
        acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        throw std::runtime_error("cannot make the admin socket " + path.string() + ": " +
                                 error.message());
    }
    return acceptor;
}

}  // namespace

admin_channel::admin_channel(asio::io_context& io, const std::filesystem::path& path,
                             std::shared_ptr<fault_table> faults)
    : io_(io), path_(path), faults_(std::move(faults)), acceptor_(listen_on(io, path)) {
    // The command that `run` starts must not inherit the socket.
    fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
}

admin_channel::~admin_channel() {
    unlink(path_.c_str());
}

void admin_channel::start() {
    asio::co_spawn(acceptor_.get_executor(), accept_clients(), asio::detached);
}

asio::awaitable<void> admin_channel::accept_clients() {
    asio::steady_timer timer(acceptor_.get_executor());
    while (true) {
        // A strand of io_, not of the acceptor's executor: the latter has a reference count on the
        // heap, whose fence ThreadSanitizer does not understand.
        socket client(asio::make_strand(io_));
        const auto [error] = co_await acceptor_.async_accept(client, as_result);
        if (!error) {
            const auto executor = client.get_executor();
            asio::co_spawn(executor, serve(std::move(client), faults_), asio::detached);
            continue;
        }
        timer.expires_after(admin_accept_pause);  // most likely there is no free descriptor
        co_await timer.async_wait(as_result);
    }
}

asio::awaitable<void> admin_channel::serve(socket client, std::shared_ptr<fault_table> faults) {
    std::string received;
    while (true) {
        const auto [read_error, size] = co_await asio::async_read_until(
            client, asio::dynamic_buffer(received, max_line_size), '\n', as_result);
        if (read_error) {
            co_return;
        }
        const std::string response = handle_fault_request(*faults, received.substr(0, size));
        received.erase(0, size);
        const auto [write_error, written] =
            co_await asio::async_write(client, asio::buffer(response), as_result);
        if (write_error) {
            co_return;
        }
    }
}

}  // namespace dsql_local
