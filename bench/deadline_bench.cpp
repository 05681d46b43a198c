// SPDX-License-Identifier: Apache-2.0
// Measures how long a call with a deadline of 100 ms takes if the server stalls, at each stage.
// Needs an endpoint: build/release/bin/dsql-local run -- build/release/bin/dsql_deadline_bench
#include <dsql/dsql.hpp>

#include "support/stalling_relay.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace std::chrono_literals;

constexpr int repetitions = 20;
constexpr dsql::within deadline{100ms};

dsql::config through(const stalling_relay& relay) {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    dsql::config settings{.host = host == nullptr ? "" : host};
    settings.port = relay.port();
    return settings;
}

int endpoint_port() {
    const char* const port = std::getenv("DSQL_PORT");
    return port == nullptr ? 5432 : std::atoi(port);
}

struct stage {
    const char* name;
    stalling_relay::direction stalled;
    std::size_t after;  // bytes
    std::function<void(dsql::connection&)> call;
};

// Measures the time from the call to its timeout_error, and checks that a pool of one connection
// then serves the next caller.
double milliseconds_of(const stage& stalling) {
    stalling_relay relay(endpoint_port());
    dsql::pool pool(through(relay), {.max_connections = 1});
    std::chrono::duration<double, std::milli> took{};
    {
        const dsql::pooled_connection connection = pool.acquire();
        relay.stall_after(stalling.stalled, stalling.after);
        const auto start = std::chrono::steady_clock::now();
        try {
            stalling.call(*connection);
            std::printf("%s: no timeout\n", stalling.name);
        } catch (const dsql::timeout_error&) {
            took = std::chrono::steady_clock::now() - start;
        }
    }
    if (pool.query_value<int>("SELECT 1") != 1) {
        std::printf("%s: the next caller was not served\n", stalling.name);
    }
    return took.count();
}

void copy_in(dsql::connection& connection) {
    dsql::copy_writer copy = connection.copy_in(deadline, "COPY bench_deadlines FROM STDIN");
    const std::string line(1000, 'x');
    for (int i = 0; i < 100'000; ++i) {
        copy.write(line + '\n');
    }
    static_cast<void>(copy.finish());
}

void run_batch(dsql::connection& connection) {
    dsql::batch batch;
    const std::string text(10'000, 'x');
    for (int i = 0; i < 2'000; ++i) {
        batch.add("SELECT $1", text);
    }
    static_cast<void>(connection.run(deadline, batch));
}

std::vector<stage> stages() {
    constexpr auto to_client = stalling_relay::to_client;
    constexpr auto to_server = stalling_relay::to_server;
    return {
        {"before the reply", to_client, 0,
         [](dsql::connection& c) {
             c.execute(deadline, "SELECT 1");
         }},
        {"in mid-row", to_client, 100'000,
         [](dsql::connection& c) {
             c.execute(deadline, "SELECT repeat('x', 1000000)");
         }},
        {"in mid-stream", to_client, 1'000'000,
         [](dsql::connection& c) {
             for (const auto& row :
                  c.stream<int>(deadline, "SELECT n FROM generate_series(1, 1000000) n")) {
                 static_cast<void>(row);
             }
         }},
        {"in mid-COPY in", to_server, 1'000'000, copy_in},
        {"in mid-COPY out", to_client, 1'000'000,
         [](dsql::connection& c) {
             c.copy_out_to(deadline, "COPY (SELECT generate_series(1, 1000000)) TO STDOUT",
                           [](std::string_view) {});
         }},
        {"in mid-batch, towards the server", to_server, 1'000'000, run_batch},
        {"in mid-batch, towards the client", to_client, 1'000'000, run_batch},
    };
}

}  // namespace

int main() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    dsql::connection setup = dsql::connect(dsql::config{.host = host == nullptr ? "" : host});
    setup.execute("CREATE TABLE IF NOT EXISTS bench_deadlines (line text)");
    std::printf("a deadline of 100 ms over a server that stalls, %d times each, in ms\n",
                repetitions);
    for (const stage& one : stages()) {
        std::vector<double> times;
        for (int i = 0; i < repetitions; ++i) {
            times.push_back(milliseconds_of(one));
        }
        std::sort(times.begin(), times.end());
        std::printf("    %-40s median %7.1f   max %7.1f\n", one.name, times[times.size() / 2],
                    times.back());
    }
    setup.execute("DROP TABLE bench_deadlines");
}
