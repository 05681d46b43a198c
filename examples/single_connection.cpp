// SPDX-License-Identifier: Apache-2.0
// One connection without a pool: for a short program, which is done before the 60 minutes after
// which DSQL closes a connection.
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
        // Closed by its destructor. No statement may take longer than command_timeout.
        dsql::connection connection =
            dsql::connect({.host = host, .connect_timeout = 5s, .command_timeout = 30s});

        const auto [user, version] = connection.query_one<std::string, std::string>(
            "SELECT current_user, current_setting('server_version')");
        std::cout << "logged in as " << user << ", PostgreSQL " << version << '\n';

        for (const auto [number, square] : connection.query<int, int>(
                 "SELECT n, n * n FROM generate_series(1, $1::int) AS n", 3)) {
            std::cout << number << " squared is " << square << '\n';
        }

        // The retries of a pool are there as well; a connection that is lost stays lost.
        const int answer = dsql::transact(connection, [](dsql::transaction& tx) {
            return tx.query_value<int>("SELECT $1::int + 1", 41);
        });
        std::cout << "answer " << answer << '\n';
        return EXIT_SUCCESS;
    } catch (const std::exception& failure) {
        std::cerr << failure.what() << '\n';
        return EXIT_FAILURE;
    }
}
