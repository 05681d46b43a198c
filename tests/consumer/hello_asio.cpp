// SPDX-License-Identifier: Apache-2.0
#include <dsql/asio.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

int main() {
    boost::asio::io_context io;
    dsql::async_pool db(dsql::config{.host = std::getenv("CLUSTER_ENDPOINT")}, {},
                        io.get_executor());
    boost::asio::co_spawn(
        io,
        [](dsql::async_pool& on) -> boost::asio::awaitable<void> {
            std::cout << co_await on.query_value<std::string>("SELECT 'Hello, ' || $1", "Asio")
                      << '\n';
        }(db),
        [](const std::exception_ptr& failure) {
            if (failure) {
                std::rethrow_exception(failure);
            }
        });
    io.run();
}
