// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/batch.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/dsql.hpp>

#include "support/stalling_relay.hpp"

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <vector>

/// What the benchmarks of deadlines share: calls with a deadline of 100 ms, and where they stall.
namespace bench::stalls {

constexpr int repetitions = 20;
constexpr dsql::within deadline{std::chrono::milliseconds(100)};

constexpr const char* small_query = "SELECT 1";
constexpr const char* large_row_query = "SELECT repeat('x', 1000000)";
constexpr const char* stream_query = "SELECT n FROM generate_series(1, 1000000) n";
constexpr const char* table = "bench_deadlines";

/// The endpoint that `dsql-local run` tells its program.
inline dsql::config direct() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    return {.host = host == nullptr ? "" : host};
}

/// The same endpoint behind a relay.
inline dsql::config through(const stalling_relay& relay) {
    dsql::config settings = direct();
    settings.port = relay.port();
    return settings;
}

inline int endpoint_port() {
    const char* const port = std::getenv("DSQL_PORT");
    return port == nullptr ? 5432 : std::atoi(port);
}

/// A batch of 20 MB.
inline dsql::batch large_batch() {
    dsql::batch made;
    const std::string text(10'000, 'x');
    for (int i = 0; i < 2'000; ++i) {
        made.add("SELECT $1", text);
    }
    return made;
}

/// A table of 2 MB. The destructor drops it.
class large_table {
public:
    large_table() {
        setup_.execute("DROP TABLE IF EXISTS bench_deadlines");
        setup_.execute("CREATE TABLE bench_deadlines (line text)");
        setup_.execute(
            "INSERT INTO bench_deadlines SELECT repeat('x', 1000) FROM generate_series(1, 2000)");
    }
    ~large_table() { setup_.execute("DROP TABLE bench_deadlines"); }
    large_table(const large_table&) = delete;
    large_table& operator=(const large_table&) = delete;

private:
    dsql::connection setup_ = dsql::connect(direct());
};

/// The calls of one interface, each with the deadline. `Call` takes a connection and a large batch,
/// which it may move from.
template <class Call>
struct calls {
    Call run_small_query;
    Call read_large_row;
    Call read_stream;
    Call copy_in;
    Call copy_out;
    Call run_batch;
};

/// A call on an open connection, and how far it gets.
template <class Call>
struct stage {
    const char* name;
    stalling_relay::direction stalled;
    std::size_t after;  // bytes
    Call call;
};

template <class Call>
std::vector<stage<Call>> stages(const calls<Call>& of) {
    constexpr auto to_client = stalling_relay::to_client;
    constexpr auto to_server = stalling_relay::to_server;
    return {
        {"before the reply", to_client, 0, of.run_small_query},
        {"in mid-row", to_client, 100'000, of.read_large_row},
        {"in mid-stream", to_client, 1'000'000, of.read_stream},
        {"in mid-COPY in", to_server, 1'000'000, of.copy_in},
        {"in mid-COPY out", to_client, 1'000'000, of.copy_out},
        {"in mid-batch, towards the server", to_server, 1'000'000, of.run_batch},
        {"in mid-batch, towards the client", to_client, 1'000'000, of.run_batch},
    };
}

}  // namespace bench::stalls
