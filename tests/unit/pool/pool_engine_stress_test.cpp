// SPDX-License-Identifier: Apache-2.0
// A million operations by threads that are delayed at random wherever a connection passes between
// the pool and a caller. No connection is lost, and no waiting caller is forgotten.
#include <dsql/error.hpp>

#include "pool/pool_engine.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

namespace pool_engine_stress_test {

using namespace std::chrono_literals;
using dsql::within;

constexpr int threads_at_once = 8;
constexpr int rounds = 200;
constexpr int operations_per_round = 5'000;

std::minstd_rand& dice() {
    thread_local std::minstd_rand random(
        static_cast<unsigned>(std::hash<std::thread::id>()(std::this_thread::get_id())));
    return random;
}

// Mostly does nothing; often yields to another thread; sometimes sleeps for a short time.
void delay_at_random() {
    const auto thrown = dice()() % 256;
    if (thrown == 0) {
        std::this_thread::sleep_for(std::chrono::microseconds(1 + dice()() % 50));
    } else if (thrown < 16) {
        std::this_thread::yield();
    }
}

// The engine reads its clock and checks the connection wherever a connection passes between the
// pool and a caller, with and without the lock. Both therefore call `delay_at_random`.
struct delaying_clock : std::chrono::steady_clock {
    static time_point now() noexcept {
        delay_at_random();
        return std::chrono::steady_clock::now();
    }
};

std::atomic<int> open_connections = 0;

struct delaying_entry : dsql::detail::pool_slot<delaying_entry, delaying_clock> {
    delaying_entry() { ++open_connections; }
    ~delaying_entry() { --open_connections; }
    delaying_entry(const delaying_entry&) = delete;
    delaying_entry& operator=(const delaying_entry&) = delete;
    bool reusable() noexcept {
        delay_at_random();
        return true;
    }
    bool broken() noexcept {
        delay_at_random();
        return !healthy;
    }
    bool closed_by_peer() noexcept { return !healthy; }

    std::atomic<bool> healthy = true;
    std::atomic<int> users = 0;
};

using engine = dsql::detail::pool_engine<delaying_entry, delaying_clock>;

std::shared_ptr<engine> make_pool(unsigned round) {
    const dsql::detail::pool_limits limits{
        .max_connections = 1 + static_cast<int>(round % 4),
        .min_connections = static_cast<int>(round % 2),
        .min_idle_connections = static_cast<int>(round / 2 % 2),
        .max_lifetime = round % 3 == 0 ? 1100ms : 1h,
        .lifetime_jitter = 0.5,
        .max_idle_time = 1h,
        .health_check_period = 1h,
        .acquire_timeout = 120s,  // only a caller that was forgotten waits this long
        .max_waiters = round % 5 == 0 ? std::optional(4) : std::nullopt,
        .max_concurrent_connects = 1 + static_cast<int>(round % 3)};
    return std::make_shared<engine>(
        limits,
        engine::factory{.make =
                            [](const std::stop_token&, bool&) {
                                delay_at_random();
                                if (dice()() % 128 == 0) {
                                    throw std::runtime_error("refused");
                                }
                                return std::make_unique<delaying_entry>();
                            },
                        .is_transient =
                            [](const std::exception&) {
                                return dice()() % 4 != 0;
                            }},
        nullptr);
}

struct outcomes {
    std::atomic<int> operations = 0;
    std::atomic<int> lost = 0;    // callers that were forgotten
    std::atomic<int> shared = 0;  // connections that two callers had at once
    std::atomic<int> miscounted = 0;
    std::atomic<int> served = 0;
};

void use(engine& pool, delaying_entry* entry, outcomes& seen) {
    if (++entry->users != 1) {
        ++seen.shared;
    }
    delay_at_random();
    const auto fate = dice()() % 64;
    entry->healthy = fate != 0;
    --entry->users;
    ++seen.served;
    if (fate == 1) {
        static_cast<void>(pool.hijack(entry));
    } else if (fate == 2) {
        pool.discard(entry);
    } else {
        pool.release(entry);
    }
}

// Requests the stop before, during or after the acquire. A thread requests it only now and then,
// because starting one is slow.
void acquire_until_stopped(engine& pool, outcomes& seen) {
    std::stop_source stop;
    std::jthread stopper;
    if (dice()() % 8 == 0) {
        stopper = std::jthread([stop]() mutable {
            delay_at_random();
            stop.request_stop();
        });
    } else if (dice()() % 8 == 0) {
        stop.request_stop();
    }
    use(pool, pool.acquire(stop.get_token()), seen);
}

void acquire_in_some_way(engine& pool, outcomes& seen) {
    switch (dice()() % 8) {
        case 0:
            use(pool, pool.acquire(within{std::chrono::microseconds(dice()() % 300)}), seen);
            break;
        case 1:
            acquire_until_stopped(pool, seen);
            break;
        case 2:
            if (dice()() % 64 == 0) {
                pool.reset();
            }
            for (delaying_entry* const entry : pool.acquire_all_idle()) {
                use(pool, entry, seen);
            }
            break;
        case 3:
            if (dice()() % 16 == 0) {
                pool.maintain([](const dsql::source_location&, std::chrono::milliseconds) {});
            }
            [[fallthrough]];
        default:
            use(pool, pool.acquire(), seen);
    }
}

// Returns false when the pool is closed.
bool operate(engine& pool, outcomes& seen) {
    ++seen.operations;
    const dsql::pool_stat now = pool.stat();
    seen.miscounted += now.total_connections == now.idle_connections + now.acquired_connections +
                                                    now.constructing_connections
                           ? 0
                           : 1;
    const auto start = std::chrono::steady_clock::now();
    try {
        acquire_in_some_way(pool, seen);
    } catch (const dsql::pool_closed_error&) {
        return false;
    } catch (const std::exception&) {
        // A failed connect, a limit that passed and a full queue are expected; a wait of this
        // length is not.
        seen.lost += std::chrono::steady_clock::now() - start > 60s ? 1 : 0;
    }
    return true;
}

TEST(PoolEngineStress, AMillionOperationsLoseNothing) {
    outcomes seen;
    for (unsigned round = 0; round < rounds; ++round) {
        const int before = seen.operations;
        const auto pool = make_pool(round);
        const bool closed_early = round % 2 == 1;
        std::vector<std::jthread> threads;
        for (int i = 0; i < threads_at_once; ++i) {
            threads.emplace_back([&, i] {
                while (seen.operations - before < operations_per_round && operate(*pool, seen)) {
                }
                if (closed_early && i == 0) {
                    pool->close();
                }
            });
        }
        threads.clear();
        const dsql::pool_stat stat = pool->stat();
        EXPECT_EQ(stat.acquired_connections, 0);
        EXPECT_EQ(stat.waiting, 0);
        pool->close();
        EXPECT_EQ(pool->stat().total_connections, 0);
        EXPECT_EQ(pool->stat().constructing_connections, 0);
        ASSERT_EQ(open_connections, 0) << "in round " << round;
    }
    EXPECT_GE(seen.operations, rounds * operations_per_round);
    EXPECT_GT(seen.served, seen.operations / 2);
    EXPECT_EQ(seen.lost, 0);
    EXPECT_EQ(seen.shared, 0);
    EXPECT_EQ(seen.miscounted, 0);
}

}  // namespace pool_engine_stress_test
