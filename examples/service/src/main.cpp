// SPDX-License-Identifier: Apache-2.0
// Stores and returns users over HTTP, on two threads:
//
//     PUT /users/<number>     with a body like {"name": "Ada"}
//     GET /users/<number>
//     GET /health
//
// It answers 503 when the database takes too long. After SIGTERM or SIGINT it answers the requests
// that it has received, and ends.
//
//     user_service PORT [SECONDS]
#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include "http_server.hpp"
#include "parse_number.hpp"
#include "routes.hpp"
#include "users.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <thread>

namespace {

namespace asio = boost::asio;

// CLUSTER_USER is a role that an IAM role was granted, or admin.
dsql::config read_config() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    const char* const role = std::getenv("CLUSTER_USER");
    return {.host = host, .user = role != nullptr ? role : "admin"};
}

// Returns when a signal has ended the service and the last client has been answered.
void run_service(dsql::pool& pool, std::uint16_t port, std::chrono::seconds limit) {
    asio::io_context io(2);
    dsql::async_pool db(pool, io.get_executor());
    const routes routing(db, limit);
    http_server server(io.get_executor(), port,
                       [&routing](const http_request& asked) { return routing.answer(asked); });
    asio::signal_set signals(server.executor(), SIGTERM, SIGINT);
    signals.async_wait([&](boost::system::error_code, int) {
        signals.clear();  // a second signal ends the process at once
        server.stop();
    });
    server.start();
    std::cout << "listening on http://" << server.address() << std::endl;

    const std::jthread second([&io] { io.run(); });
    io.run();
}

}  // namespace

int main(int argc, char* argv[]) {
    if (std::getenv("CLUSTER_ENDPOINT") == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    const auto port = argc > 1 ? parse_number<std::uint16_t>(argv[1]) : std::nullopt;
    const auto seconds = argc > 2 ? parse_number<std::uint16_t>(argv[2]) : 1;
    if (!port || !seconds || argc > 3) {
        std::cerr << "usage: user_service PORT [SECONDS]\n"
                     "PORT 0 is any free port. SECONDS is the limit of a request's work in the "
                     "database, 1 by default.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool(read_config(), {.max_connections = 8, .max_waiters = 1'000});
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
