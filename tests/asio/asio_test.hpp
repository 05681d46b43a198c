// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/asio.hpp>
#include <dsql/pool.hpp>

#include "integration/endpoint_under_test.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <exception>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace asio_test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

/// Runs a coroutine on this thread until nothing is left to do, and rethrows what it throws.
inline void run(asio::io_context& io, asio::awaitable<void> work) {
    std::exception_ptr failure;
    bool is_over = false;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown) {
        failure = std::move(thrown);
        is_over = true;
    });
    io.restart();
    io.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
    ASSERT_TRUE(is_over) << "the coroutine was forgotten";
}

/// The same on a context of its own, with so many threads.
inline void run(asio::awaitable<void> work, int threads = 1) {
    asio::io_context io;
    std::exception_ptr failure;
    bool is_over = false;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr thrown) {
        failure = std::move(thrown);
        is_over = true;
    });
    std::vector<std::jthread> more;
    for (int i = 1; i < threads; ++i) {
        more.emplace_back([&io] { io.run(); });
    }
    io.run();
    more.clear();
    if (failure) {
        std::rethrow_exception(failure);
    }
    ASSERT_TRUE(is_over) << "the coroutine was forgotten";
}

/// Begins a call, runs it on this thread until `is_ready` is true, calls `then`, and returns what
/// the call ends with: null for a result. An exception that another thread throws would not do,
/// because ThreadSanitizer does not see how libstdc++ counts its references.
template <class Call, class Ready, class Then>
std::exception_ptr failure_after(Call call, Ready is_ready, Then then) {
    asio::io_context io;
    std::exception_ptr failure;
    std::move(call)(asio::bind_executor(
        io, [&](std::exception_ptr thrown, const auto&...) { failure = std::move(thrown); }));
    while (!is_ready()) {
        io.poll();
    }
    then();
    io.restart();
    io.run();
    return failure;
}
template <class Failure>
void expect_failure(const std::exception_ptr& failure) {
    ASSERT_NE(failure, nullptr);
    EXPECT_THROW(std::rethrow_exception(failure), Failure);
}

/// A pool and its asynchronous face.
struct pools {
    explicit pools(int connections, dsql::pool_options options = {})
        : blocking(endpoint_under_test(), with(std::move(options), connections)), async(blocking) {}

    static dsql::pool_options with(dsql::pool_options options, int connections) {
        options.max_connections = connections;
        return options;
    }

    /// Waits until all connections are idle; false if they do not become so.
    [[nodiscard]] bool are_idle() const {
        for (int i = 0; i < 5000; ++i) {
            const dsql::pool_stat now = blocking.stat();
            if (now.acquired_connections == 0 && now.waiting == 0 &&
                now.constructing_connections == 0) {
                return true;
            }
            std::this_thread::sleep_for(2ms);
        }
        return false;
    }

    dsql::pool blocking;
    dsql::async_pool async;
};

}  // namespace asio_test
