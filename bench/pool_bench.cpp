// SPDX-License-Identifier: Apache-2.0
// Measures a pool: acquire and release for different numbers of connections and threads, waiting
// times, and the time that the pool adds to a query. Needs an endpoint:
// build/release/bin/dsql-local run -- build/release/bin/dsql_pool_bench
#include <dsql/dsql.hpp>

#include "statistics.hpp"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>
#include <vector>

namespace {

using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int runs = 9;
constexpr auto length_of_run = 150ms;

struct shape {
    int connections;
    int threads;
};

dsql::config endpoint_of_environment() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    return {.host = host == nullptr ? "" : host};
}

double in_nanoseconds(clock_type::duration time) {
    return std::chrono::duration<double, std::nano>(time).count();
}

// Runs `work` on several threads for a fixed time. `work` runs until `go_on` is false and returns
// its number of operations. Returns the nanoseconds per operation.
template <class Work>
double nanoseconds_each(int threads, Work work) {
    std::atomic<bool> go_on = true;
    std::atomic<long> total = 0;
    std::barrier together(threads + 1);
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) {
        workers.emplace_back([&] {
            together.arrive_and_wait();
            total += work(go_on);
        });
    }
    together.arrive_and_wait();
    const auto start = clock_type::now();
    std::this_thread::sleep_for(length_of_run);
    go_on = false;
    workers.clear();
    return in_nanoseconds(clock_type::now() - start) / static_cast<double>(total);
}

struct middle_and_most {
    double median;
    double most;
};

template <class Run>
middle_and_most of_several(Run run) {
    std::vector<double> each;
    for (int i = 0; i < runs; ++i) {
        each.push_back(run());
    }
    std::sort(each.begin(), each.end());
    return {each[each.size() / 2], each.back()};
}

double acquire_and_release(dsql::pool& pool, int threads) {
    return nanoseconds_each(threads, [&pool](const std::atomic<bool>& go_on) {
        long times = 0;
        for (; go_on.load(std::memory_order_relaxed); ++times) {
            static_cast<void>(pool.acquire());
        }
        return times;
    });
}

// The baseline: locks and unlocks a mutex as often as acquire and release do.
double two_mutex_locks(int threads) {
    std::mutex mutex;
    long counter = 0;
    return nanoseconds_each(threads, [&](const std::atomic<bool>& go_on) {
        long times = 0;
        for (; go_on.load(std::memory_order_relaxed); ++times) {
            for (int i = 0; i < 2; ++i) {
                const std::lock_guard lock(mutex);
                ++counter;
            }
        }
        return times;
    });
}

// Returns the duration of each acquire in microseconds, sorted.
std::vector<double> waits(dsql::pool& pool, int threads, std::chrono::microseconds hold,
                          clock_type::duration length) {
    std::mutex mutex;
    std::vector<double> all;
    std::atomic<bool> go_on = true;
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) {
        workers.emplace_back([&] {
            std::vector<double> own;
            while (go_on) {
                const auto start = clock_type::now();
                const dsql::pooled_connection held = pool.acquire();
                own.push_back(in_nanoseconds(clock_type::now() - start) / 1000);
                if (hold > 0us) {
                    std::this_thread::sleep_for(hold);
                }
            }
            const std::lock_guard lock(mutex);
            all.insert(all.end(), own.begin(), own.end());
        });
    }
    std::this_thread::sleep_for(length);
    go_on = false;
    workers.clear();
    std::sort(all.begin(), all.end());
    return all;
}

dsql::pool_options options_for(const shape& of) {
    return {.max_connections = of.connections, .min_connections = of.connections};
}

void compare_shapes() {
    std::printf(
        "acquire and release, ns each, median of %d runs (most); waits of single ones, us\n", runs);
    std::printf("%-8s %16s %20s %8s %8s %8s %9s\n", "shape", "pool", "two mutex locks", "p50",
                "p99", "p99.9", "worst");
    for (const shape of : {shape{8, 1}, {8, 2}, {8, 8}, {8, 32}, {1, 2}, {1, 8}}) {
        dsql::pool pool(endpoint_of_environment(), options_for(of));
        pool.warm_up(of.connections, 30s);
        const auto ours = of_several([&] { return acquire_and_release(pool, of.threads); });
        const auto locks = of_several([&] { return two_mutex_locks(of.threads); });
        const std::vector<double> single = waits(pool, of.threads, 0us, length_of_run);
        std::printf("%dx%-6d %8.1f (%5.1f) %12.1f (%5.1f) %8.2f %8.2f %8.1f %9.1f\n",
                    of.connections, of.threads, ours.median, ours.most, locks.median, locks.most,
                    bench::percentile(single, 0.5), bench::percentile(single, 0.99),
                    bench::percentile(single, 0.999), single.back());
    }
}

// Measures how long a connection is really held, because sleeping takes longer than requested.
double ideal_wait(const shape& of, std::chrono::microseconds hold) {
    const auto start = clock_type::now();
    for (int i = 0; i < 50; ++i) {
        std::this_thread::sleep_for(hold);
    }
    const double held = in_nanoseconds(clock_type::now() - start) / 1e6 / 50;
    return held * of.threads / of.connections;
}

void compare_queues() {
    std::printf("\nwaits with 1 ms of work each, ms; ideal: threads / connections x work\n");
    std::printf("%-8s %8s %8s %8s %8s %8s %8s\n", "shape", "ideal", "p50", "p99", "worst",
                "of ideal", "served");
    for (const shape of : {shape{8, 32}, {8, 128}}) {
        dsql::pool pool(endpoint_of_environment(), options_for(of));
        pool.warm_up(of.connections, 30s);
        for (int run = 0; run < 3; ++run) {
            const double ideal = ideal_wait(of, 1ms);
            const std::vector<double> all = waits(pool, of.threads, 1ms, 3s);
            std::printf("%dx%-6d %8.1f %8.1f %8.1f %8.1f %8.2f %8zu\n", of.connections, of.threads,
                        ideal, bench::percentile(all, 0.5) / 1000,
                        bench::percentile(all, 0.99) / 1000, all.back() / 1000,
                        all.back() / 1000 / ideal, all.size());
        }
    }
}

template <class Query>
double query_each(Query query) {
    return nanoseconds_each(1, [&query](const std::atomic<bool>& go_on) {
        long times = 0;
        for (; go_on.load(std::memory_order_relaxed); ++times) {
            query();
        }
        return times;
    });
}

void compare_queries() {
    dsql::connection connection = dsql::connect(endpoint_of_environment());
    dsql::pool pool(endpoint_of_environment(), {.max_connections = 1});
    std::vector<double> alone;
    std::vector<double> pooled;
    for (int i = 0; i < runs; ++i) {
        alone.push_back(query_each(
            [&] { static_cast<void>(connection.query_value<int>("SELECT $1::int", 1)); }));
        pooled.push_back(
            query_each([&] { static_cast<void>(pool.query_value<int>("SELECT $1::int", 1)); }));
    }
    std::sort(alone.begin(), alone.end());
    std::sort(pooled.begin(), pooled.end());
    std::printf("\na query, us: on a connection %.1f, through the pool %.1f (x %.3f)\n",
                alone[runs / 2] / 1000, pooled[runs / 2] / 1000,
                pooled[runs / 2] / alone[runs / 2]);
}

}  // namespace

int main() {
    try {
        compare_shapes();
        compare_queues();
        compare_queries();
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return EXIT_FAILURE;
    }
}
