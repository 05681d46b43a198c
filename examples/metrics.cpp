// SPDX-License-Identifier: Apache-2.0
// Exports a pool's statistics and the duration of its statements in Prometheus's text format.
#include <dsql/dsql.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string_view>

// Counts statements and measures their duration.
class statement_meter : public dsql::observer {
public:
    void query_ended(span, const dsql::query_end_event& ended) noexcept override {
        ++count;
        nanoseconds += static_cast<std::uint64_t>(ended.duration.count());
        errors += ended.error == nullptr ? 0 : 1;
    }

    std::atomic<std::uint64_t> count = 0;
    std::atomic<std::uint64_t> nanoseconds = 0;
    std::atomic<std::uint64_t> errors = 0;
};

template <class Value>
void print(std::string_view name, std::string_view type, Value value) {
    std::cout << "# TYPE dsql_" << name << ' ' << type << "\ndsql_" << name << ' ' << value << '\n';
}

// Returns the text that an HTTP server would return for /metrics.
void print_metrics(const dsql::pool_stat& pool, const statement_meter& statements) {
    print("pool_connections_max", "gauge", pool.max_connections);
    print("pool_connections_idle", "gauge", pool.idle_connections);
    print("pool_connections_acquired", "gauge", pool.acquired_connections);
    print("pool_connections_constructing", "gauge", pool.constructing_connections);
    print("pool_waiting", "gauge", pool.waiting);
    print("pool_acquires_total", "counter", pool.acquire_count);
    print("pool_acquire_timeouts_total", "counter", pool.acquire_timeouts);
    print("pool_acquire_wait_seconds_total", "counter",
          std::chrono::duration<double>(pool.empty_acquire_wait_time).count());
    print("pool_connections_made_total", "counter", pool.new_connections_count);
    print("pool_connect_errors_total", "counter", pool.connect_errors);
    print("token_refreshes_total", "counter", pool.token_refreshes);
    print("statements_total", "counter", statements.count.load());
    print("statement_errors_total", "counter", statements.errors.load());
    print("statement_seconds_total", "counter",
          static_cast<double>(statements.nanoseconds.load()) / 1e9);
}

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        std::cerr << "Set CLUSTER_ENDPOINT to a cluster's endpoint.\n";
        return EXIT_FAILURE;
    }
    try {
        const auto statements = std::make_shared<statement_meter>();
        dsql::pool pool({.host = host, .observer = statements});
        for (int i = 0; i < 10; ++i) {
            pool.execute("SELECT $1::int", i);
        }
        print_metrics(pool.stat(), *statements);
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return EXIT_FAILURE;
    }
}
