// SPDX-License-Identifier: Apache-2.0
// Compares coroutines with blocking callers on the same pool: queries per second, processor time,
// waiting times and threads, for different numbers of connections and callers; what one awaited
// query costs; batches and streams; and the memory of a waiting caller. Needs an endpoint:
// build/release/bin/dsql-local run --no-limits -- build/release/bin/dsql_async_bench
// [single|memory|shapes|batch|rows]
// bench/run_over_postgresql runs it over PostgreSQL without a relay; bench/pgx measures pgx.
#include <dsql/asio.hpp>

#include "measurements.hpp"
#include "paired.hpp"
#include "statistics.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using clock_type = std::chrono::steady_clock;
using namespace std::chrono_literals;

std::atomic<long> allocations = 0;  // counted by the operators below

}  // namespace

void* operator new(std::size_t size) {
    allocations.fetch_add(1, std::memory_order_relaxed);
    if (void* const made = std::malloc(size == 0 ? 1 : size)) {
        return made;
    }
    throw std::bad_alloc();
}
void operator delete(void* freed) noexcept {
    std::free(freed);
}
void operator delete(void* freed, std::size_t) noexcept {
    std::free(freed);
}

namespace {

constexpr int rounds = 5;
constexpr auto length_of_round = 1s;
constexpr const char* query = "SELECT $1::bigint";

struct shape {
    int connections;
    int callers;
};

dsql::config endpoint_of_environment() {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    return {.host = host == nullptr ? "" : host};
}

int threads_of_process() {
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with("Threads:")) {
            return std::atoi(line.c_str() + 8);
        }
    }
    return 0;
}

// What one round of one contestant has shown.
struct measured {
    long queries = 0;
    double seconds = 0;
    double processor = 0;         // in microseconds, of this process
    std::vector<double> waits{};  // of each query, in microseconds
    int threads = 0;
};

double in_microseconds(clock_type::duration time) {
    return std::chrono::duration<double, std::micro>(time).count();
}

// Measures what `run` does; it returns the waits of its queries.
template <class Run>
measured measure(Run run) {
    measured all;
    const double processor_start = bench::processor_time();
    const auto start = clock_type::now();
    all.waits = run(all);
    all.seconds = in_microseconds(clock_type::now() - start) / 1e6;
    all.processor = bench::processor_time() - processor_start;
    all.queries = static_cast<long>(all.waits.size());
    return all;
}

asio::awaitable<void> call_until(dsql::async_pool& db, clock_type::time_point end,
                                 std::vector<double>& waits) {
    for (std::int64_t i = 0; clock_type::now() < end; ++i) {
        const auto start = clock_type::now();
        if (co_await db.query_value<std::int64_t>(query, i) != i) {
            std::abort();
        }
        waits.push_back(in_microseconds(clock_type::now() - start));
    }
}

void rethrow(const std::exception_ptr& failure) {
    if (failure) {
        std::rethrow_exception(failure);
    }
}

measured by_coroutines(dsql::pool& pool, int callers) {
    return measure([&](measured& seen) {
        asio::io_context io(1);
        dsql::async_pool db(pool, io.get_executor());
        std::vector<double> waits;
        const auto end = clock_type::now() + length_of_round;
        for (int i = 0; i < callers; ++i) {
            asio::co_spawn(io, call_until(db, end, waits), &rethrow);
        }
        io.run_for(length_of_round / 2);
        seen.threads = threads_of_process();
        io.run();
        return waits;
    });
}

measured by_threads(dsql::pool& pool, int callers) {
    return measure([&](measured& seen) {
        std::vector<std::vector<double>> waits(static_cast<std::size_t>(callers));
        const auto end = clock_type::now() + length_of_round;
        std::vector<std::jthread> threads;
        for (std::vector<double>& own : waits) {
            threads.emplace_back([&pool, &own, end] {
                for (std::int64_t i = 0; clock_type::now() < end; ++i) {
                    const auto start = clock_type::now();
                    if (pool.query_value<std::int64_t>(query, i) != i) {
                        std::abort();
                    }
                    own.push_back(in_microseconds(clock_type::now() - start));
                }
            });
        }
        seen.threads = threads_of_process();
        threads.clear();
        std::vector<double> all;
        for (const std::vector<double>& own : waits) {
            all.insert(all.end(), own.begin(), own.end());
        }
        return all;
    });
}

void print(const char* name, std::vector<measured>& all) {
    std::vector<double> rates;
    std::vector<double> costs;
    std::vector<double> waits;
    for (const measured& one : all) {
        rates.push_back(static_cast<double>(one.queries) / one.seconds);
        costs.push_back(one.processor / static_cast<double>(one.queries));
        waits.insert(waits.end(), one.waits.begin(), one.waits.end());
    }
    std::sort(waits.begin(), waits.end());
    std::printf(
        "    %-12s %8.0f queries/s  processor %6.1f us  wait p50 %8.0f us  p99 %8.0f us  "
        "%5d threads\n",
        name, bench::median(rates), bench::median(costs), bench::percentile(waits, 0.5),
        bench::percentile(waits, 0.99), all.front().threads);
}

// Threads beyond this are not worth trying.
constexpr int most_threads = 1'000;

void shapes() {
    for (const shape& one : {shape{1, 1}, shape{8, 8}, shape{8, 64}, shape{8, 512},
                             shape{64, 1'000}, shape{64, 10'000}}) {
        dsql::pool pool(endpoint_of_environment(),
                        {.max_connections = one.connections, .max_waiters = one.callers});
        pool.warm_up(one.connections, 2min);
        std::printf("%d connections, %d callers\n", one.connections, one.callers);
        std::vector<measured> coroutines;
        std::vector<measured> threads;
        for (int round = 0; round < rounds; ++round) {
            coroutines.push_back(by_coroutines(pool, one.callers));
            if (one.callers <= most_threads) {
                threads.push_back(by_threads(pool, one.callers));
            }
        }
        print("coroutines", coroutines);
        if (!threads.empty()) {
            print("threads", threads);
        }
    }
}

// --- one query

constexpr int queries_each = 200;

// Runs a coroutine to its end.
void run(asio::io_context& io, asio::awaitable<void> work) {
    asio::co_spawn(io, std::move(work), &rethrow);
    io.restart();
    io.run();
}

// Returns the allocations of each query.
double allocations_of(const std::function<void()>& queries) {
    queries();
    const long before = allocations;
    queries();
    return static_cast<double>(allocations - before) / queries_each;
}

void single() {
    dsql::pool pool(endpoint_of_environment(), {.max_connections = 2});
    pool.warm_up(2, 1min);
    asio::io_context io(1);
    dsql::async_pool db(pool, io.get_executor());
    dsql::connection blocking = dsql::connect(endpoint_of_environment());
    dsql::async_connection awaited(dsql::connect(endpoint_of_environment()), io.get_executor());
    const auto all_of = [&io](auto& on) {
        run(io, [](auto& target) -> asio::awaitable<void> {
            for (std::int64_t i = 0; i < queries_each; ++i) {
                static_cast<void>(co_await target.template query_value<std::int64_t>(query, i));
            }
        }(on));
    };
    const auto blocking_all_of = [](auto& on) {
        for (std::int64_t i = 0; i < queries_each; ++i) {
            static_cast<void>(on.template query_value<std::int64_t>(query, i));
        }
    };
    const std::vector<bench::contestant> contestants = {{"connection, blocking",
                                                         [&] {
                                                             blocking_all_of(blocking);
                                                         }},
                                                        {"connection, awaited",
                                                         [&] {
                                                             all_of(awaited);
                                                         }},
                                                        {"pool, blocking",
                                                         [&] {
                                                             blocking_all_of(pool);
                                                         }},
                                                        {"pool, awaited", [&] {
                                                             all_of(db);
                                                         }}};
    bench::compare("one caller, one query after the other, per query", contestants, 51,
                   queries_each);
    for (const bench::contestant& one : contestants) {
        std::printf("    %-32s %.2f allocations\n", one.name.c_str(), allocations_of(one.run));
    }
}

// --- long operations

// The two faces of a pool of one connection. All contestants use that connection, because the core
// on which a server process happens to run makes a large difference.
struct both_faces {
    asio::io_context io{1};
    dsql::pool pool{endpoint_of_environment(), {.max_connections = 1}};
    dsql::async_pool async{pool, io.get_executor()};
};

constexpr int statements_of_batch = 1'000;

dsql::batch make_batch() {
    dsql::batch made;
    for (int i = 0; i < statements_of_batch; ++i) {
        made.add("SELECT $1::int + 1", i);
    }
    return made;
}

void check_batch(const dsql::batch_results& got) {
    for (int i = 0; i < statements_of_batch; ++i) {
        if (got[static_cast<std::size_t>(i)].value<int>() != i + 1) {
            std::abort();
        }
    }
}

void batches() {
    both_faces on;
    bench::compare("1 000 statements in a batch, per statement",
                   {{"run(batch), blocking",
                     [&] {
                         check_batch(on.pool.run(make_batch()));
                     }},
                    {"run(batch), awaited",
                     [&] {
                         run(on.io, [](dsql::async_pool& db) -> asio::awaitable<void> {
                             check_batch(co_await db.run(make_batch()));
                         }(on.async));
                     }}},
                   31, statements_of_batch);
}

void check_rows(const std::vector<bench::measurement>& all) {
    if (all.size() != bench::rows_of_measurements) {
        std::abort();
    }
}

asio::awaitable<void> stream_rows(dsql::async_pool& db) {
    std::vector<bench::measurement> all;
    auto rows = co_await db.stream<bench::measurement>(bench::all_measurements);
    while (co_await rows.next()) {
        for (bench::measurement&& one : rows) {
            all.push_back(std::move(one));
        }
    }
    check_rows(all);
}

void rows() {
    // Keep freed memory in the process, as dsql_query_bench does.
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    dsql::connection session = dsql::connect(endpoint_of_environment());
    bench::make_measurements(session);
    both_faces on;
    bench::compare(
        "500 000 mixed rows, queried and decoded into structs, per row",
        {{"stream, blocking",
          [&] {
              std::vector<bench::measurement> all;
              for (bench::measurement&& one :
                   on.pool.stream<bench::measurement>(bench::all_measurements)) {
                  all.push_back(std::move(one));
              }
              check_rows(all);
          }},
         {"stream, awaited",
          [&] {
              run(on.io, stream_rows(on.async));
          }},
         {"query_all, blocking",
          [&] {
              check_rows(on.pool.query_all<bench::measurement>(bench::all_measurements));
          }},
         {"query_all, awaited",
          [&] {
              run(on.io, [](dsql::async_pool& db) -> asio::awaitable<void> {
                  check_rows(co_await db.query_all<bench::measurement>(bench::all_measurements));
              }(on.async));
          }}},
        21, bench::rows_of_measurements);
    bench::drop_measurements(session);
}

// --- memory

void memory() {
    constexpr int callers = 10'000;
    dsql::pool pool(endpoint_of_environment(), {.max_connections = 1, .max_waiters = callers});
    auto held = std::make_unique<dsql::pooled_connection>(pool.acquire());
    asio::io_context io(1);
    dsql::async_pool db(pool, io.get_executor());
    const std::size_t before = mallinfo2().uordblks;
    for (int i = 0; i < callers; ++i) {
        asio::co_spawn(
            io,
            [](dsql::async_pool& on) -> asio::awaitable<void> {
                static_cast<void>(co_await on.query_value<std::int64_t>(query, std::int64_t{1}));
            }(db),
            &rethrow);
    }
    while (pool.stat().waiting < callers) {
        io.poll();
    }
    const std::size_t each = (mallinfo2().uordblks - before) / callers;
    std::printf("%d coroutines wait for a connection: %zu bytes each\n", callers, each);
    held.reset();
    io.run();
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view only = argc > 1 ? argv[1] : "";
    const auto wanted = [&](std::string_view name) {
        return only.empty() || only == name;
    };
    if (wanted("single")) {
        single();
    }
    if (wanted("memory")) {
        memory();
    }
    if (wanted("shapes")) {
        shapes();
    }
    if (wanted("batch")) {
        batches();
    }
    if (wanted("rows")) {
        rows();
    }
}
