// SPDX-License-Identifier: Apache-2.0
// Measures retries.
//
//     dsql-local run -- dsql_retry_bench [SECONDS]
//
// First, how far the waits deviate from the budget, the last attempt and a stop request. Then
// goodput under contention: 256 workers, then 16, each increment one of 16 rows, for SECONDS
// (default 10) with each policy.
#include <dsql/dsql.hpp>

#include "statistics.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

constexpr int most_workers = 256;
constexpr int few_workers = 16;
constexpr int hot_rows = 16;

[[noreturn]] void conflict() {
    throw dsql::occ_conflict({.sqlstate = "40001", .severity = "ERROR", .message = "(OC000)"});
}

// --- deviation of the waits

template <class F>
double milliseconds_of(F f) {
    const auto start = clock_type::now();
    f();
    return milliseconds(clock_type::now() - start).count();
}

void print_errors(const char* what, const std::vector<double>& errors) {
    std::printf("%-52s median %6.2f ms, most %6.2f ms\n", what, bench::median(errors),
                *std::max_element(errors.begin(), errors.end()));
}

double beyond_budget() {
    const double elapsed = milliseconds_of([] {
        try {
            dsql::retry({dsql::within(200ms),
                         {.max_retries = 1'000, .initial_wait = 3ms, .max_wait = 20ms}},
                        [] { conflict(); });
        } catch (const dsql::occ_conflict&) {
            return;
        }
    });
    return std::max(0.0, elapsed - 200);
}

// Measures a transaction that runs a statement when its budget ends.
double beyond_budget_in_statement(dsql::pool& pool) {
    const double elapsed = milliseconds_of([&pool] {
        try {
            dsql::transact(pool, dsql::within(200ms), [](dsql::transaction& tx) {
                static_cast<void>(tx.query("SELECT pg_sleep(10)"));
            });
        } catch (const dsql::timeout_error&) {
            return;
        }
    });
    return std::max(0.0, elapsed - 200);
}

double beyond_waits() {
    double waits = 0;
    dsql::detail::retry_loop loop(
        {}, {}, {.max_retries = 3, .initial_wait = 10ms, .max_wait = 50ms, .jitter = 0},
        [&waits](const dsql::retry_event& event) { waits += milliseconds(event.wait).count(); });
    const double elapsed = milliseconds_of([&loop] {
        try {
            loop.run([] { conflict(); });
        } catch (const dsql::occ_conflict&) {
            return;
        }
    });
    return elapsed - waits;
}

double after_stop() {
    std::stop_source stop;
    clock_type::time_point asked;
    std::thread asking([&] {
        std::this_thread::sleep_for(20ms);
        asked = clock_type::now();
        stop.request_stop();
    });
    try {
        dsql::retry({stop.get_token(), {.initial_wait = 1h, .max_wait = 1h}}, [] { conflict(); });
    } catch (const dsql::cancelled_error&) {
        const auto ended = clock_type::now();
        asking.join();
        return milliseconds(ended - asked).count();
    }
    throw std::logic_error("not stopped");
}

std::vector<double> repeated(int times, const std::function<double()>& measure) {
    std::vector<double> measured;
    for (int i = 0; i < times; ++i) {
        measured.push_back(measure());
    }
    return measured;
}

void measure_waits(dsql::pool& pool) {
    print_errors("beyond a budget of 200 ms, between tries", repeated(30, &beyond_budget));
    print_errors("beyond a budget of 200 ms, in a statement",
                 repeated(10, [&pool] { return beyond_budget_in_statement(pool); }));
    print_errors("beyond the waits of 10, 20 and 40 ms of four tries", repeated(30, &beyond_waits));
    print_errors("from a stop request to the end of a wait of 1 h", repeated(30, &after_stop));
}

// --- goodput

struct outcome {
    std::vector<double> latencies{};  // of transactions committed in time, in milliseconds, sorted
    long committed = 0;
    long given_up = 0;
    long tries = 0;
};

void increment_until(clock_type::time_point end, dsql::pool& pool, const dsql::retry_policy& policy,
                     int seed, outcome& seen) {
    std::minstd_rand random(static_cast<unsigned>(seed) + 1);
    while (clock_type::now() < end) {
        const int row = std::uniform_int_distribution<int>(0, hot_rows - 1)(random);
        const auto start = clock_type::now();
        try {
            dsql::transact(pool, policy, [&](dsql::transaction& tx) {
                ++seen.tries;
                tx.execute("UPDATE hot SET value = value + 1 WHERE id = $1", row);
            });
            const auto committed = clock_type::now();
            ++seen.committed;
            if (committed <= end) {
                seen.latencies.push_back(milliseconds(committed - start).count());
            }
        } catch (const dsql::occ_conflict&) {
            ++seen.given_up;
        }
    }
}

outcome contend(dsql::pool& pool, int workers, const dsql::retry_policy& policy,
                std::chrono::seconds length) {
    std::vector<outcome> each(static_cast<std::size_t>(workers));
    std::vector<std::thread> working;
    working.reserve(static_cast<std::size_t>(workers));
    const auto end = clock_type::now() + length;
    for (int i = 0; i < workers; ++i) {
        working.emplace_back(
            [&, i] { increment_until(end, pool, policy, i, each[static_cast<std::size_t>(i)]); });
    }
    outcome all;
    for (int i = 0; i < workers; ++i) {
        working[static_cast<std::size_t>(i)].join();
        outcome& one = each[static_cast<std::size_t>(i)];
        all.latencies.insert(all.latencies.end(), one.latencies.begin(), one.latencies.end());
        all.committed += one.committed;
        all.given_up += one.given_up;
        all.tries += one.tries;
    }
    std::sort(all.latencies.begin(), all.latencies.end());
    return all;
}

void prepare(dsql::pool& pool) {
    dsql::retrying_pool db(pool, dsql::retry_policy::patient());
    db.execute("CREATE TABLE IF NOT EXISTS hot (id int PRIMARY KEY, value bigint NOT NULL)");
    db.execute("DELETE FROM hot");
    db.execute("INSERT INTO hot SELECT id, 0 FROM generate_series(0, $1::int - 1) AS id", hot_rows);
}

struct contestant {
    const char* name;
    dsql::retry_policy policy;
};

std::vector<contestant> contestants() {
    return {
        {"no retries", {.max_retries = 0}},
        {"default, the Go connector's (3, 100 ms, x2)", {}},
        {"AWS's advice (5, 50 ms, x2, cap 5 s)",
         {.max_retries = 5, .initial_wait = 50ms, .max_wait = 5s}},
        {"patient()", dsql::retry_policy::patient()},
        {"latency_sensitive()", dsql::retry_policy::latency_sensitive()},
    };
}

void compare(dsql::pool& pool, int workers, const contestant& one, std::chrono::seconds length) {
    prepare(pool);
    const outcome seen = contend(pool, workers, one.policy, length);
    const auto sum =
        dsql::retrying_pool(pool).query_value<std::int64_t>("SELECT sum(value)::bigint FROM hot");
    std::printf("%-44s %8.0f %8.1f %% %9.2f %9.1f %9.1f%s\n", one.name,
                static_cast<double>(seen.latencies.size()) / static_cast<double>(length.count()),
                100 * static_cast<double>(seen.given_up) /
                    static_cast<double>(seen.given_up + seen.committed),
                static_cast<double>(seen.tries) / static_cast<double>(seen.committed),
                bench::percentile(seen.latencies, 0.5), bench::percentile(seen.latencies, 0.99),
                sum == seen.committed ? "" : "  WRONG SUM");
    std::fflush(stdout);
}

void run(std::chrono::seconds length) {
    const char* const host = std::getenv("CLUSTER_ENDPOINT");
    if (host == nullptr) {
        throw std::runtime_error("run this under \"dsql-local run --\"");
    }
    dsql::pool pool({.host = host}, {.max_connections = most_workers});
    measure_waits(pool);
    pool.warm_up(most_workers, 60s);
    prepare(pool);
    // Wait until all workers run.
    static_cast<void>(contend(pool, most_workers, dsql::retry_policy::latency_sensitive(), 1s));
    for (const int workers : {most_workers, few_workers}) {
        std::printf("\n%4d workers, %d rows %24s %8s %10s %9s %9s %9s\n", workers, hot_rows, "",
                    "commit/s", "given up", "tries", "p50 ms", "p99 ms");
        for (const contestant& one : contestants()) {
            compare(pool, workers, one, length);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(std::chrono::seconds(argc > 1 ? std::stoi(argv[1]) : 10));
        return EXIT_SUCCESS;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "dsql_retry_bench: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
