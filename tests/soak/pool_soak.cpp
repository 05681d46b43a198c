// SPDX-License-Identifier: Apache-2.0
// Runs a pool under many disturbances at once: connections with a lifetime of seconds, restarts of
// the endpoint, rotation of keys, and cut connections.
//
//     dsql_pool_soak SECONDS RESTART_EVERY ROTATE_EVERY [FULL_SIZE_WITHIN]
//
// Exits with 0 if no result was wrong, no row was lost, nothing leaked, no thread was stuck, and
// the pool had its full size again after each restart (within FULL_SIZE_WITHIN seconds, if given).
#include <dsql/dsql.hpp>

#include "soak/process_footprint.hpp"
#include "soak/soak_ledger.hpp"
#include "soak/soak_worker.hpp"
#include "support/restartable_endpoint.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using seconds = std::chrono::duration<double>;

constexpr int connections = 8;
constexpr int threads = 16;
// The allowed growth of memory. The ledger needs some; a leak per connection or statement would
// need more. Builds with sanitizers need more memory and detect leaks in other ways.
constexpr long most_growth_kib = DSQL_SANITIZED ? 1024 * 1024 : 16 * 1024;
constexpr auto patience_for_full_size = 60s;

struct schedule {
    seconds length{};
    seconds restart_every{};
    seconds rotate_every{};
    seconds full_size_within = patience_for_full_size;
};

schedule read(int argc, char** argv) {
    if (argc < 4 || argc > 5) {
        throw std::invalid_argument(
            "expected SECONDS RESTART_EVERY ROTATE_EVERY [FULL_SIZE_WITHIN]");
    }
    schedule read{.length = seconds(std::stod(argv[1])),
                  .restart_every = seconds(std::stod(argv[2])),
                  .rotate_every = seconds(std::stod(argv[3]))};
    if (argc == 5) {
        read.full_size_within = seconds(std::stod(argv[4]));
    }
    return read;
}

// Returns how many connections of the pool the server has.
int size_seen_by_server(dsql::connection& watcher) {
    return watcher.query_value<int>(
        "SELECT count(*)::int FROM pg_stat_activity WHERE application_name LIKE 'soak:%'");
}

// Waits until the server sees the pool at full size. Returns how long that took.
seconds time_to_full_size(const restartable_endpoint& endpoint) {
    const auto start = clock_type::now();
    while (clock_type::now() - start < patience_for_full_size) {
        try {
            dsql::connection watcher = dsql::connect(endpoint.settings());
            while (clock_type::now() - start < patience_for_full_size) {
                if (size_seen_by_server(watcher) >= connections) {
                    return clock_type::now() - start;
                }
                std::this_thread::sleep_for(5ms);
            }
        } catch (const dsql::error&) {
            std::this_thread::sleep_for(5ms);
        }
    }
    return patience_for_full_size;
}

dsql::config pool_settings(const restartable_endpoint& endpoint) {
    dsql::config settings = endpoint.settings();
    settings.orm_prefix = "soak";
    return settings;
}

dsql::pool_options pool_options() {
    return {.max_connections = connections,
            .min_connections = connections,
            .max_lifetime = 4s,
            .lifetime_jitter = 0.5,
            .health_check_period = 500ms,
            .acquire_timeout = 10s};
}

// Restarts the endpoint and rotates keys at intervals. Returns whether the pool always had its full
// size again in time.
bool disturb(restartable_endpoint& endpoint, const schedule& plan) {
    const auto start = clock_type::now();
    seconds next_restart = plan.restart_every;
    seconds next_rotation = plan.rotate_every;
    bool in_time = true;
    for (int restarts = 0; clock_type::now() - start < plan.length;) {
        const seconds passed = clock_type::now() - start;
        if (passed >= next_rotation) {
            next_rotation += plan.rotate_every;
            endpoint.rotate_keys();
            std::printf("%5.0f s: keys rotated\n", passed.count());
        }
        if (passed >= next_restart) {
            next_restart += plan.restart_every;
            endpoint.stop(++restarts % 2 == 0);
            endpoint.start();
            const seconds full = time_to_full_size(endpoint);
            in_time = in_time && full < plan.full_size_within;
            std::printf("%5.0f s: restarted%s, at full size after %.0f ms\n", passed.count(),
                        restarts % 2 == 0 ? " at one blow" : "", full.count() * 1000);
        }
        std::this_thread::sleep_for(20ms);
    }
    return in_time;
}

void print_stat(const dsql::pool_stat& stat) {
    std::printf(
        "pool: %lld acquired, %lld of them had to wait, %lld timed out; %lld connections made, "
        "%lld failed, %lld closed for age, %lld found dead; %lld tokens\n",
        static_cast<long long>(stat.acquire_count),
        static_cast<long long>(stat.empty_acquire_count),
        static_cast<long long>(stat.acquire_timeouts),
        static_cast<long long>(stat.new_connections_count),
        static_cast<long long>(stat.connect_errors),
        static_cast<long long>(stat.max_lifetime_destroy_count),
        static_cast<long long>(stat.liveness_failures),
        static_cast<long long>(stat.token_refreshes));
}

// Runs a pool with its users and all disturbances for a time.
bool soak(restartable_endpoint& endpoint, const schedule& plan) {
    pool_soak::soak_ledger ledger;
    bool in_time = false;
    dsql::connect(endpoint.settings()).execute("DROP TABLE IF EXISTS soak");
    dsql::connect(endpoint.settings()).execute("CREATE TABLE soak (n bigint)");
    {
        dsql::pool pool(pool_settings(endpoint), pool_options());
        pool.warm_up(connections, 30s);
        std::vector<std::jthread> workers;
        for (unsigned i = 0; i < threads; ++i) {
            workers.emplace_back([&pool, &ledger, i](const std::stop_token& stop) {
                pool_soak::work(pool, ledger, i, stop);
            });
        }
        in_time = disturb(endpoint, plan);
        for (std::jthread& worker : workers) {
            worker.request_stop();
        }
        workers.clear();
        print_stat(pool.stat());
        const int out = pool.close(1s);
        if (out != 0) {
            ledger.wrong("connections that never came back");
        }
    }
    dsql::connection reader = dsql::connect(endpoint.settings());
    const bool balanced = ledger.balance(reader);
    if (!in_time) {
        std::printf("WRONG: the pool was not at full size in time\n");
    }
    return balanced && in_time;
}

// Runs a first round, also with disturbances, so that one-time allocations do not count as leaks.
bool soak_and_weigh(const schedule& plan) {
    restartable_endpoint endpoint;
    schedule first = plan;
    first.length = plan.length / 6;
    first.restart_every = first.length / 2;
    first.rotate_every = first.length / 3;
    const bool first_was_right = soak(endpoint, first);
    const auto before = pool_soak::process_footprint::now();
    const bool second_was_right = soak(endpoint, plan);
    const auto after = pool_soak::process_footprint::now();
    std::printf("descriptors %ld, then %ld; threads %ld, then %ld; memory %ld KiB, then %ld KiB\n",
                before.descriptors, after.descriptors, before.threads, after.threads,
                before.resident_kib, after.resident_kib);
    return first_was_right && second_was_right && after.descriptors <= before.descriptors &&
           after.threads <= before.threads &&
           after.resident_kib - before.resident_kib < most_growth_kib;
}

}  // namespace

int main(int argc, char** argv) {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    try {
        const bool right = soak_and_weigh(read(argc, argv));
        std::printf("%s\n", right ? "all is right" : "NOT all is right");
        return right ? EXIT_SUCCESS : EXIT_FAILURE;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "dsql_pool_soak: %s\n", error.what());
        return EXIT_FAILURE;
    }
}
