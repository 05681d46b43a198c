// SPDX-License-Identifier: Apache-2.0
// When callers cannot use their new connections, the pool slows down instead of opening one after
// the other without end.
#include "support/thrown_message.hpp"
#include "unit/pool/pool_engine_fixture.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace pool_engine_unfit_test {

using namespace pool_engine_test;
using dsql::call_limits;
using dsql::within;
using dsql::detail::acquire_history;

class PoolEngineUnfit : public PoolEngine {
protected:
    // Acquires until `wanted` accepts a connection, as a pool does with `prepare_connection`.
    fake_entry* acquire_fit(engine& pool, const call_limits& limits) {
        acquire_history history;
        while (true) {
            const auto round = std::chrono::steady_clock::now();
            fake_entry* const entry = pool.acquire(limits, {}, &history);
            if (fit) {
                pool.note_fit();
                return entry;
            }
            const bool is_new = entry->is_new;
            pool.reject(entry, false);
            ++history.replaced;
            if (is_new) {
                pool.delay_after_unfit(limits, {}, history, round);
            }
        }
    }

    std::atomic<bool> fit = false;
};

TEST_F(PoolEngineUnfit, DelaysGrow) {
    const auto pool = make(limits_of(1));
    const auto start = std::chrono::steady_clock::now();
    auto caller = std::async(std::launch::async, [&] { return acquire_fit(*pool, {}); });
    await([&] { return made >= 7; });
    EXPECT_GT(std::chrono::steady_clock::now() - start,
              (10ms + 20ms + 40ms + 80ms + 160ms) * 3 / 4);
    fit = true;
    pool->release(caller.get());
}

TEST_F(PoolEngineUnfit, CallersTakeTurns) {
    const auto pool = make(limits_of(4));
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::future<fake_entry*>> callers;
    for (int i = 0; i < 4; ++i) {
        callers.push_back(std::async(std::launch::async, [&] { return acquire_fit(*pool, {}); }));
    }
    // Every caller gets its first connection at once. Then they take turns, 10, 20, 30, 40, 50 and
    // 70 ms later; jitter shortens each delay by a quarter at most.
    await([&] { return made >= 4 + 6; });
    EXPECT_GT(std::chrono::steady_clock::now() - start, (10ms + 20ms + 40ms) * 3 / 4);
    fit = true;
    for (auto& caller : callers) {
        pool->release(caller.get());
    }
}

TEST_F(PoolEngineUnfit, TheErrorReportsTheWholeTimeAndTheReason) {
    const auto pool = make(limits_of(1));
    const auto now = std::chrono::steady_clock::now();
    const acquire_history history{.began = now - 2s, .replaced = 204, .dead = 3};
    const call_limits limits(now + 50ms);
    const std::string message = thrown_message<dsql::timeout_error>([&] {
        while (true) {
            pool->delay_after_unfit(limits, {}, history, std::chrono::steady_clock::now());
        }
        return 0;
    });
    EXPECT_NE(message.find("acquire: no connection within 2050 ms; prepare_connection answered "
                           "prepare_action::replace to 204 of those that it got; 3 did not answer "
                           "a ping (total 0 of 1"),
              std::string::npos)
        << message;
    EXPECT_EQ(pool->stat().acquire_timeouts, 1);
    EXPECT_EQ(pool->stat().canceled_acquire_count, 1);
    stalling = true;
    const std::string waiting = thrown_message<dsql::timeout_error>([&] {
        return pool->acquire(call_limits(std::chrono::steady_clock::now() + 1ms), {}, &history);
    });
    EXPECT_NE(waiting.find("replace to 204 of those"), std::string::npos) << waiting;
    stalled.acquire();
    go_on.release();
}

TEST_F(PoolEngineUnfit, IdleConnectionsAreReplacedWithoutADelay) {
    auto limits = limits_of(5);
    limits.acquire_timeout = 24h;
    const auto pool = make(limits);
    std::vector<fake_entry*> held;
    for (int i = 0; i < 5; ++i) {
        held.push_back(pool->acquire());
    }
    for (fake_entry* const entry : held) {
        pool->release(entry);
    }
    auto caller = std::async(std::launch::async, [&] { return acquire_fit(*pool, {}); });
    await([&] { return made > 5; });
    fit = true;
    pool->release(caller.get());
}

TEST_F(PoolEngineUnfit, AStopOrACloseEndsTheDelay) {
    std::stop_source stop;
    const auto pool = make(limits_of(1));
    auto stopped =
        std::async(std::launch::async, [&] { return acquire_fit(*pool, stop.get_token()); });
    await([&] { return made >= 5; });
    stop.request_stop();
    EXPECT_THROW(static_cast<void>(stopped.get()), dsql::cancelled_error);
    auto closed = std::async(std::launch::async, [&] { return acquire_fit(*pool, {}); });
    await([&] { return made >= 6; });
    pool->close();
    EXPECT_THROW(static_cast<void>(closed.get()), dsql::pool_closed_error);
}

TEST_F(PoolEngineUnfit, AUsableConnectionEndsTheDelaysOfAll) {
    const auto pool = make(limits_of(4));
    auto waiting = std::async(std::launch::async, [&] { return acquire_fit(*pool, {}); });
    await([&] { return made >= 6; });
    fit = true;
    fake_entry* const first = acquire_fit(*pool, {});
    fake_entry* const second = waiting.get();
    EXPECT_NE(first, second);
    pool->release(first);
    pool->release(second);
}

}  // namespace pool_engine_unfit_test
