// SPDX-License-Identifier: Apache-2.0
// Runs 1 000 queries over 8 connections, on one thread, and waits for all of them.
#include <dsql/asio.hpp>
#include <dsql/dsql.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <numeric>
#include <utility>
#include <vector>

namespace asio = boost::asio;

constexpr int connections = 8;
constexpr std::int64_t queries = 1'000;

// A call begins when it is awaited or gets a completion token, not here.
auto square(dsql::async_pool& db, std::int64_t number) {
    return db.query_value<std::int64_t>("SELECT $1::bigint * $1::bigint", number);
}

// Waits until all calls have ended. If one fails, the others are canceled.
asio::awaitable<std::int64_t> sum_of_squares(dsql::async_pool& db) {
    std::vector<decltype(square(db, 0))> calls;
    for (std::int64_t number = 1; number <= queries; ++number) {
        calls.push_back(square(db, number));
    }
    const auto [order, failures, squares] =
        co_await asio::experimental::make_parallel_group(std::move(calls))
            .async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
    for (const std::size_t ended : order) {
        if (failures[ended]) {
            std::rethrow_exception(failures[ended]);
        }
    }
    co_return std::accumulate(squares.begin(), squares.end(), std::int64_t{0});
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host}, {.max_connections = connections});
        pool.warm_up(connections, std::chrono::seconds(30));

        asio::io_context io;
        dsql::async_pool db(pool, io.get_executor());  // the group's handlers run on `io`
        const auto started = std::chrono::steady_clock::now();
        auto total = asio::co_spawn(io, sum_of_squares(db), asio::use_future);
        io.run();
        const auto time = std::chrono::steady_clock::now() - started;

        std::cout << queries << " queries over " << pool.stat().total_connections
                  << " connections: total " << total.get() << " in "
                  << time / std::chrono::milliseconds(1) << " ms\n";
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
