// SPDX-License-Identifier: Apache-2.0
// Measures how long a call with a deadline of 100 ms takes if the server stalls, at each stage.
// Needs an endpoint: build/release/bin/dsql-local run -- build/release/bin/dsql_deadline_bench
#include <dsql/dsql.hpp>

#include "stalls.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace stalls = bench::stalls;
using stalls::deadline;
using call = std::function<void(dsql::connection&, dsql::batch&)>;

// Measures the time from the call to its timeout_error, and checks that a pool of one connection
// then serves the next caller.
double milliseconds_of(const stalls::stage<call>& stalling) {
    stalling_relay relay(stalls::endpoint_port());
    dsql::pool pool(stalls::through(relay), {.max_connections = 1});
    dsql::batch batch = stalls::large_batch();
    std::chrono::duration<double, std::milli> took{};
    {
        const dsql::pooled_connection connection = pool.acquire();
        relay.stall_after(stalling.stalled, stalling.after);
        const auto start = std::chrono::steady_clock::now();
        try {
            stalling.call(*connection, batch);
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

const stalls::calls<call> blocking_calls{
    .run_small_query = [](dsql::connection& c,
                          dsql::batch&) { c.execute(deadline, stalls::small_query); },
    .read_large_row = [](dsql::connection& c,
                         dsql::batch&) { c.execute(deadline, stalls::large_row_query); },
    .read_stream =
        [](dsql::connection& c, dsql::batch&) {
            for (const auto& row : c.stream<int>(deadline, stalls::stream_query)) {
                static_cast<void>(row);
            }
        },
    .copy_in =
        [](dsql::connection& c, dsql::batch&) {
            dsql::copy_writer copy = c.copy_in(deadline, {.table = stalls::table});
            const std::string line(1000, 'x');
            for (int i = 0; i < 100'000; ++i) {
                copy.row(line);
            }
            static_cast<void>(copy.finish());
        },
    .copy_out =
        [](dsql::connection& c, dsql::batch&) {
            c.copy_out_to(deadline, "COPY bench_deadlines TO STDOUT", [](std::string_view) {});
        },
    .run_batch = [](dsql::connection& c,
                    dsql::batch& large) { static_cast<void>(c.run(deadline, large)); },
};

}  // namespace

int main() {
    const stalls::large_table table;
    std::printf("a deadline of 100 ms over a server that stalls, %d times each, in ms\n",
                stalls::repetitions);
    for (const stalls::stage<call>& one : stalls::stages(blocking_calls)) {
        std::vector<double> times;
        for (int i = 0; i < stalls::repetitions; ++i) {
            times.push_back(milliseconds_of(one));
        }
        std::sort(times.begin(), times.end());
        std::printf("    %-40s median %7.1f   max %7.1f\n", one.name, times[times.size() / 2],
                    times.back());
    }
}
