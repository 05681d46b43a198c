// SPDX-License-Identifier: Apache-2.0
// Configures a pool for a service that rejects a request rather than keep it waiting.
#include <dsql/dsql.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

using namespace std::chrono_literals;

dsql::pool_options service_options() {
    return {
        .max_connections = 4,       // at most 4 connections
        .min_idle_connections = 1,  // one spare connection for bursts
        .acquire_timeout = 250ms,   // then reject the request
        .max_waiters = 100,         // reject further requests at once
        .liveness = dsql::liveness_check::ping,
        .ping_after_idle = 30s,  // also detects a network that drops packets
        .leak_threshold = 1min,
        .after_connect = [](dsql::connection& fresh) { fresh.execute("SET search_path = public"); },
        .on_leak =
            [](const dsql::leak_report& leak) {
                std::cerr << "a connection is out since line " << leak.where.line() << '\n';
            }};
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        dsql::pool pool({.host = host}, service_options());
        pool.warm_up(4, 30s);  // before the first request; throws if it cannot connect
        std::cout << "warm: " << pool.stat().idle_connections << " idle\n";

        {
            const auto first = pool.acquire();
            const auto second = pool.acquire();
            const auto third = pool.acquire();
            const auto fourth = pool.acquire();
            try {
                pool.execute(dsql::within{20ms}, "SELECT 1");
            } catch (const dsql::timeout_error&) {
                std::cout << "refused: all " << pool.stat().acquired_connections
                          << " are at work\n";
            }
        }  // the handles return their connections here

        std::cout << "answered: " << pool.query_value<std::string>("SHOW search_path") << '\n';
        const dsql::pool_stat stat = pool.stat();
        std::cout << "connections made " << stat.new_connections_count << ", acquires given up "
                  << stat.acquire_timeouts << '\n';
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
