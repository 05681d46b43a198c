// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pool/pool_engine.hpp"
#include "support/await.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>

namespace pool_engine_test {

using namespace std::chrono_literals;

/// A clock that stands still until a test moves it.
struct fake_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<fake_clock>;
    static time_point now() noexcept { return time_point(std::chrono::nanoseconds(elapsed)); }
    static inline std::atomic<rep> elapsed = 0;
};

inline std::atomic<int> open_connections = 0;

/// If not empty, called while an idle connection is checked.
inline std::function<void()> while_checked;

struct fake_entry : dsql::detail::pool_slot<fake_entry, fake_clock> {
    explicit fake_entry(int made_as) : number(made_as) { ++open_connections; }
    ~fake_entry() { --open_connections; }
    fake_entry(const fake_entry&) = delete;
    fake_entry& operator=(const fake_entry&) = delete;
    bool reusable() noexcept { return healthy && !in_transaction; }
    bool broken() noexcept { return !healthy; }
    bool closed_by_peer() noexcept {
        if (while_checked) {
            while_checked();
        }
        return !healthy;
    }

    int number;
    std::atomic<bool> healthy = true;
    std::atomic<bool> in_transaction = false;
};

using engine = dsql::detail::pool_engine<fake_entry, fake_clock>;

inline dsql::detail::pool_limits limits_of(int max, int min = 0) {
    return {.max_connections = max,
            .min_connections = min,
            .max_lifetime = 55min,
            .lifetime_jitter = 0,
            .max_idle_time = 10min,
            .health_check_period = 1min,
            .acquire_timeout = 60s};
}

class PoolEngine : public testing::Test {
protected:
    PoolEngine() { fake_clock::elapsed = 0; }
    ~PoolEngine() override { while_checked = nullptr; }

    std::shared_ptr<engine> make(const dsql::detail::pool_limits& limits) {
        return std::make_shared<engine>(
            limits,
            engine::factory{.make = [this](const std::stop_token&,
                                           bool& is_final) { return connect(is_final); },
                            .is_transient =
                                [](const std::exception& failure) {
                                    return std::string(failure.what()) == "server away";
                                },
                            .retrying =
                                [this](const dsql::retry_event& event) {
                                    last_attempt = event.attempt;
                                }},
            [this] { ++wakes; });
    }

    std::unique_ptr<fake_entry> connect(bool& is_final) {
        ++attempts;
        is_final = failing_in_hook;
        if (failing_in_hook) {
            throw std::runtime_error("server away");
        }
        if (refusing) {
            throw std::runtime_error("connect refused");
        }
        if (failures_to_pass.fetch_sub(1) > 0) {
            throw std::runtime_error("server away");
        }
        if (stalling) {
            stalled.release();
            go_on.acquire();
        }
        open_while_made = open_connections.load();
        return std::make_unique<fake_entry>(++made);
    }

    static void pass(fake_clock::duration time) { fake_clock::elapsed += time.count(); }

    // Waits until `count` callers are queued, which tests can observe in the statistics.
    static void await_waiting(engine& pool, int count) {
        await([&] { return pool.stat().waiting == count; });
    }
    static void await_idle(engine& pool, int count) {
        await([&] { return pool.stat().idle_connections == count; });
    }
    // Waits until all connects have ended.
    static void await_made(engine& pool) {
        await([&] { return pool.stat().constructing_connections == 0; });
    }

    // Waits until `count` connections are open. A thread that connects closes what the pool no
    // longer counts after that thread has itself ceased to count.
    static void await_open(int count) {
        await([&] { return open_connections == count; });
    }

    static std::chrono::milliseconds maintain(engine& pool) {
        return pool.maintain([](const dsql::source_location&, std::chrono::milliseconds) {});
    }

    std::atomic<int> attempts = 0;
    std::atomic<int> made = 0;
    std::atomic<bool> refusing = false;  // connects fail with a permanent error
    // A hook throws an error that is transient elsewhere.
    std::atomic<bool> failing_in_hook = false;
    std::atomic<int> failures_to_pass = 0;  // how many connects fail with a transient error
    std::atomic<bool> stalling = false;     // each connect releases `stalled` and waits for `go_on`
    std::atomic<int> open_while_made = 0;   // how many were open just before the last connect
    std::atomic<int> wakes = 0;
    std::atomic<int> last_attempt = 0;
    std::counting_semaphore<> stalled{0};
    std::counting_semaphore<> go_on{0};
};

}  // namespace pool_engine_test
