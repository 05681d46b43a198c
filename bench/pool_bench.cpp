// SPDX-License-Identifier: Apache-2.0
// What the pool adds to a query. Needs an endpoint:
// build/release/bin/dsql-local run -- build/release/bin/dsql_pool_bench
#include <dsql/dsql.hpp>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <mutex>

namespace {

dsql::config endpoint_of_environment() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    return {.host = host == nullptr ? "" : host};
}

// One pool of 8 for all threads of a run.
dsql::pool& shared_pool() {
    static dsql::pool pool(endpoint_of_environment(), {.max_connections = 8});
    return pool;
}

void acquire_release(benchmark::State& state) {
    dsql::pool& pool = shared_pool();
    static_cast<void>(pool.acquire());  // connected before the clock starts
    for (auto _ : state) {
        benchmark::DoNotOptimize(pool.acquire());
    }
}
BENCHMARK(acquire_release)->Threads(1)->Threads(2)->UseRealTime();

// The unit of comparison: a mutex locked and unlocked as often as an acquire and a release need.
void two_mutex_locks(benchmark::State& state) {
    static std::mutex mutex;
    for (auto _ : state) {
        for (int i = 0; i < 2; ++i) {
            const std::lock_guard lock(mutex);
            benchmark::ClobberMemory();
        }
    }
}
BENCHMARK(two_mutex_locks)->Threads(1)->Threads(2)->UseRealTime();

void query_on_a_connection(benchmark::State& state) {
    dsql::connection connection = dsql::connect(endpoint_of_environment());
    for (auto _ : state) {
        benchmark::DoNotOptimize(connection.query_value<int>("SELECT $1::int", 1));
    }
}
BENCHMARK(query_on_a_connection)->UseRealTime();

void query_through_the_pool(benchmark::State& state) {
    dsql::pool& pool = shared_pool();
    for (auto _ : state) {
        benchmark::DoNotOptimize(pool.query_value<int>("SELECT $1::int", 1));
    }
}
BENCHMARK(query_through_the_pool)->UseRealTime();

}  // namespace
