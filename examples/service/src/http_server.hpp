// SPDX-License-Identifier: Apache-2.0
// An HTTP/1.1 server with Boost.Beast, on coroutines. It knows no database and no paths.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <functional>
#include <stop_token>

using http_request = boost::beast::http::request<boost::beast::http::string_body>;
using http_response = boost::beast::http::response<boost::beast::http::string_body>;

/// Answers a request. Runs on the strand of its client.
using http_handler = std::function<boost::asio::awaitable<http_response>(const http_request&)>;

class http_server {
public:
    /// Listens on a port of 127.0.0.1, or on any free one if that is 0. Requests run on `executor`.
    http_server(boost::asio::any_io_executor executor, unsigned short port, http_handler handler);

    /// The address, for people.
    [[nodiscard]] boost::asio::ip::tcp::endpoint address() const;
    /// Serves clients until `stop` is called.
    void start();
    /// Accepts no more clients, answers the requests that were received, and ends. Call it on the
    /// strand of `executor()`.
    void stop();
    [[nodiscard]] boost::asio::any_io_executor executor() { return acceptor_.get_executor(); }

private:
    boost::asio::awaitable<void> accept_clients();

    boost::asio::any_io_executor clients_;
    boost::asio::ip::tcp::acceptor acceptor_;
    http_handler handler_;
    std::stop_source stop_;
};
