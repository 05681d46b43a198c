// SPDX-License-Identifier: Apache-2.0
// A result of any size in constant memory: rows are handed out as they come.
#include <dsql/dsql.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string_view>

using namespace std::chrono_literals;

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host});
        long rows = 0;
        std::size_t bytes = 0;
        // The stream has a connection of the pool's until the last row has been read, and the limit
        // counts until then.
        for (const auto [number, text] : pool.stream<int, std::string_view>(
                 dsql::within{2min},
                 "SELECT i, repeat('x', i % 100) FROM generate_series(1, $1::int) AS i", 200'000)) {
            ++rows;
            bytes += text.size();  // a view is valid until the next row
        }
        std::cout << "rows " << rows << ", bytes " << bytes << '\n';

        // Who has seen enough may leave. What is left is read if it is little; else the connection
        // is closed, because DSQL cannot be told to stop, and the pool makes another.
        auto connection = pool.acquire();
        for (const auto [number] :
             connection->stream<int>("SELECT i FROM generate_series(1, 1000) AS i")) {
            if (number == 3) {
                std::cout << "left at " << number << '\n';
                break;
            }
        }
        std::cout << "the connection is " << (connection->is_idle() ? "free again" : "closed")
                  << '\n';
        return EXIT_SUCCESS;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return EXIT_FAILURE;
    }
}
