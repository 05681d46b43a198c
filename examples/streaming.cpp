// SPDX-License-Identifier: Apache-2.0
// Streams a result of any size in constant memory.
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
        // The stream uses a connection of the pool until the last row is read. The time limit
        // applies to all of that.
        for (const auto [number, text] : pool.stream<int, std::string_view>(
                 dsql::within{2min},
                 "SELECT i, repeat('x', i % 100) FROM generate_series(1, $1::int) AS i", 200'000)) {
            ++rows;
            bytes += text.size();  // a string_view is valid until the next row
        }
        std::cout << "rows " << rows << ", bytes " << bytes << '\n';

        // You may leave the loop early. The stream reads a small rest of the result. If the rest is
        // large, it closes the connection, because DSQL cannot cancel a query, and the pool opens
        // another one.
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
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
