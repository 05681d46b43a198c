// SPDX-License-Identifier: Apache-2.0
#include "http_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <memory>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

constexpr auto client_time = 30s;  // for a client to send a request, or to take a response

// A connected client. All of it runs on the strand of its stream.
struct client {
    explicit client(tcp::socket socket) : stream(std::move(socket)) {}

    beast::tcp_stream stream;
    bool is_idle = false;  // no request has been received that is not answered yet
};

// Ends the wait for a next request when the service stops. Called on any thread.
void stop_if_idle(const std::shared_ptr<client>& stopped) {
    asio::post(stopped->stream.get_executor(), [stopped] {
        if (stopped->is_idle) {
            stopped->stream.cancel();
        }
    });
}

asio::awaitable<void> serve(std::shared_ptr<client> served, const http_handler& handler,
                            std::stop_token stop) {
    const std::stop_callback on_stop(stop, [served] { stop_if_idle(served); });
    beast::tcp_stream& stream = served->stream;
    beast::flat_buffer buffer;
    error_code failure;
    auto noting_failure = asio::redirect_error(asio::use_awaitable, failure);
    for (bool goes_on = true; goes_on && !stop.stop_requested();) {
        http_request asked;
        served->is_idle = true;
        stream.expires_after(client_time);
        co_await http::async_read(stream, buffer, asked, noting_failure);
        served->is_idle = false;
        if (failure) {
            break;  // the client has left, or the service stops
        }
        http_response made = co_await handler(asked);
        goes_on = asked.keep_alive() && !stop.stop_requested();
        made.keep_alive(goes_on);
        made.prepare_payload();
        stream.expires_after(client_time);
        co_await http::async_write(stream, made, noting_failure);
        goes_on = goes_on && !failure;
    }
    stream.socket().shutdown(tcp::socket::shutdown_send, failure);
}

void report(const std::exception_ptr& failure) {
    try {
        if (failure) {
            std::rethrow_exception(failure);
        }
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
    }
}

}  // namespace

http_server::http_server(asio::any_io_executor executor, unsigned short port, http_handler handler)
    : clients_(std::move(executor)),
      acceptor_(asio::make_strand(clients_), {asio::ip::address_v4::loopback(), port}),
      handler_(std::move(handler)) {}

tcp::endpoint http_server::address() const {
    return acceptor_.local_endpoint();
}

void http_server::start() {
    asio::co_spawn(acceptor_.get_executor(), accept_clients(), report);
}

void http_server::stop() {
    acceptor_.close();
    stop_.request_stop();
}

// Gives each client a strand of its own. Ends when the acceptor is closed.
asio::awaitable<void> http_server::accept_clients() {
    asio::steady_timer pause(acceptor_.get_executor());
    while (acceptor_.is_open()) {
        error_code failure;
        const asio::any_io_executor strand = asio::make_strand(clients_);
        tcp::socket socket = co_await acceptor_.async_accept(
            strand, asio::redirect_error(asio::use_awaitable, failure));
        if (!failure) {
            auto accepted = std::make_shared<client>(std::move(socket));
            asio::co_spawn(strand, serve(std::move(accepted), handler_, stop_.get_token()), report);
        } else if (acceptor_.is_open()) {
            std::cerr << "accept: " << failure.message() << '\n';  // too many open files, perhaps
            pause.expires_after(100ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
    }
}
