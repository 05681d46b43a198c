// SPDX-License-Identifier: Apache-2.0
// Uses one connection without a pool. That is enough for a short program; DSQL closes each
// connection after 60 minutes.
#include <dsql/dsql.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        // The destructor closes the connection. Each statement is limited by command_timeout.
        dsql::connection connection =
            dsql::connect({.host = host, .connect_timeout = 5s, .command_timeout = 30s});

        const auto [user, version] = connection.query_one<std::string, std::string>(
            "SELECT current_user, current_setting('server_version')");
        std::cout << "logged in as " << user << ", PostgreSQL " << version << '\n';

        for (const auto [number, square] : connection.query<int, int>(
                 "SELECT n, n * n FROM generate_series(1, $1::int) AS n", 3)) {
            std::cout << number << " squared is " << square << '\n';
        }

        // A connection retries like a pool, but does not reconnect after it is lost.
        const int result = dsql::transact(connection, [](dsql::transaction& tx) {
            return tx.query_value<int>("SELECT $1::int + 1", 41);
        });
        std::cout << "answer " << result << '\n';
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
