// SPDX-License-Identifier: Apache-2.0
// Answers GET /users/<number> with JSON from a query: an HTTP/1.1 service with Boost.Beast, on two
// threads. It answers 503 when the database takes too long. After SIGTERM or SIGINT it answers the
// requests that it has received, and ends.
//
//     example_http_service PORT [SECONDS]
#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <nlohmann/json.hpp>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using request = http::request<http::string_body>;
using response = http::response<http::string_body>;
using namespace std::chrono_literals;

constexpr auto client_time = 30s;  // for a client to send a request, or to take a response

// What all clients share.
struct service {
    dsql::async_pool& db;
    std::chrono::seconds query_time;  // for the wait for a connection and the query together
    std::stop_token stop;             // requests a stop when the service ends
};

struct user {
    std::int64_t id;
    std::string name;
};

void create_users(dsql::pool& pool) {
    dsql::execute_with_retry(pool,
                             "CREATE TABLE IF NOT EXISTS example_users (id bigint PRIMARY KEY, "
                             "name text NOT NULL)");
    dsql::execute_with_retry(
        pool, "INSERT INTO example_users VALUES (1, 'Ada'), (2, 'Grace') ON CONFLICT DO NOTHING");
}

response make_response(http::status status, const nlohmann::json& body) {
    response made(status, 11);
    made.set(http::field::content_type, "application/json");
    made.body() = body.dump() + '\n';
    return made;
}

response make_error(http::status status, const std::string& reason) {
    return make_response(status, {{"error", reason}});
}

response make_unavailable(const std::exception& error) {
    std::cerr << error.what() << '\n';
    response made = make_error(http::status::service_unavailable, "try again later");
    made.set(http::field::retry_after, "1");  // seconds
    return made;
}

// Reads a text that is a number and nothing else.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stopped_at == end ? std::optional(number) : std::nullopt;
}

// Returns the number in "/users/<number>", or nothing for any other path.
std::optional<std::int64_t> user_id(std::string_view path) {
    constexpr std::string_view prefix = "/users/";
    return path.starts_with(prefix) ? parse_number<std::int64_t>(path.substr(prefix.size()))
                                    : std::nullopt;
}

asio::awaitable<response> get_user(const service& of, std::int64_t id) {
    const std::optional<user> found = co_await of.db.query_optional<user>(
        dsql::within{of.query_time}, "SELECT id, name FROM example_users WHERE id = $1", id);
    if (!found) {
        co_return make_error(http::status::not_found, "no such user");
    }
    co_return make_response(http::status::ok, {{"id", found->id}, {"name", found->name}});
}

asio::awaitable<response> answer(const service& of, const request& asked) {
    if (asked.method() != http::verb::get) {
        response made = make_error(http::status::method_not_allowed, "only GET is allowed");
        made.set(http::field::allow, "GET");
        co_return made;
    }
    const std::optional<std::int64_t> id = user_id(asked.target());
    if (!id) {
        co_return make_error(http::status::not_found, "the path is not /users/<number>");
    }
    try {
        co_return co_await get_user(of, *id);
    } catch (const dsql::timeout_error& error) {  // no connection, or no result, in time
        co_return make_unavailable(error);
    } catch (const dsql::pool_exhausted_error& error) {  // max_waiters requests wait already
        co_return make_unavailable(error);
    } catch (const dsql::error& error) {
        std::cerr << error.what() << '\n';
        co_return make_error(http::status::internal_server_error, "the query failed");
    }
}

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

asio::awaitable<void> serve(std::shared_ptr<client> served, const service& of) {
    const std::stop_callback on_stop(of.stop, [served] { stop_if_idle(served); });
    beast::tcp_stream& stream = served->stream;
    beast::flat_buffer buffer;
    error_code failure;
    auto noting_failure = asio::redirect_error(asio::use_awaitable, failure);
    for (bool goes_on = true; goes_on && !of.stop.stop_requested();) {
        request asked;
        served->is_idle = true;
        stream.expires_after(client_time);
        co_await http::async_read(stream, buffer, asked, noting_failure);
        served->is_idle = false;
        if (failure) {
            break;  // the client has left, or the service stops
        }
        response made = co_await answer(of, asked);
        goes_on = asked.keep_alive() && !of.stop.stop_requested();
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

// Gives each client a strand of its own. Ends when the acceptor is closed.
asio::awaitable<void> accept_clients(tcp::acceptor& acceptor, const service& of) {
    asio::steady_timer pause(acceptor.get_executor());
    while (acceptor.is_open()) {
        error_code failure;
        const asio::any_io_executor strand = asio::make_strand(of.db.get_executor());
        tcp::socket socket = co_await acceptor.async_accept(
            strand, asio::redirect_error(asio::use_awaitable, failure));
        if (!failure) {
            auto accepted = std::make_shared<client>(std::move(socket));
            asio::co_spawn(strand, serve(std::move(accepted), of), report);
        } else if (acceptor.is_open()) {
            std::cerr << "accept: " << failure.message() << '\n';  // too many open files, perhaps
            pause.expires_after(100ms);
            co_await pause.async_wait(asio::use_awaitable);
        }
    }
}

// Returns when a signal has ended the service and the last client has been answered.
void run_service(dsql::pool& pool, std::uint16_t port, std::chrono::seconds query_time) {
    asio::io_context io(2);
    dsql::async_pool db(pool, io.get_executor());
    std::stop_source stop;
    const service shared{.db = db, .query_time = query_time, .stop = stop.get_token()};

    tcp::acceptor acceptor(asio::make_strand(io), {asio::ip::address_v4::loopback(), port});
    asio::signal_set signals(acceptor.get_executor(), SIGTERM, SIGINT);
    signals.async_wait([&](error_code, int) {
        signals.clear();  // a second signal ends the process at once
        acceptor.close();
        stop.request_stop();
    });
    asio::co_spawn(acceptor.get_executor(), accept_clients(acceptor, shared), report);
    std::cout << "listening on http://" << acceptor.local_endpoint() << "/users/1" << std::endl;

    const std::jthread second([&io] { io.run(); });
    io.run();
}

int main(int argc, char* argv[]) {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    const auto port = argc > 1 ? parse_number<std::uint16_t>(argv[1]) : std::nullopt;
    const auto seconds = argc > 2 ? parse_number<std::uint16_t>(argv[2]) : 1;
    if (!port || !seconds || argc > 3) {
        std::cerr << "usage: example_http_service PORT [SECONDS]\n"
                     "PORT 0 is any free port. SECONDS is the limit of a query, 1 by default.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host}, {.max_connections = 8, .max_waiters = 1'000});
        create_users(pool);
        run_service(pool, *port, std::chrono::seconds(*seconds));
        pool.close();
        std::cout << "stopped\n";
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
