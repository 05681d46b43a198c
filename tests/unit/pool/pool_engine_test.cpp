// SPDX-License-Identifier: Apache-2.0
#include "support/thrown_message.hpp"
#include "unit/pool/pool_engine_fixture.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pool_engine_test {

using dsql::cancelled_error;
using dsql::pool_closed_error;
using dsql::pool_exhausted_error;
using dsql::pool_stat;
using dsql::timeout_error;
using dsql::within;
using namespace pool_engine_test;

TEST_F(PoolEngine, ConnectsOnDemandAndReusesTheMostRecent) {
    const auto pool = make(limits_of(4));
    EXPECT_EQ(pool->stat().total_connections, 0);
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    EXPECT_EQ(made, 2);
    pool->release(a);
    pool->release(b);
    EXPECT_EQ(pool->acquire(), b) << "the connection used last is the warmest";
    EXPECT_EQ(made, 2);
    pool->release(b);
}

TEST_F(PoolEngine, StatCountsEachConnectionOnce) {
    const auto pool = make(limits_of(3));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->release(a);
    const pool_stat stat = pool->stat();
    EXPECT_EQ(stat.max_connections, 3);
    EXPECT_EQ(stat.total_connections, 2);
    EXPECT_EQ(stat.idle_connections, 1);
    EXPECT_EQ(stat.acquired_connections, 1);
    EXPECT_EQ(stat.constructing_connections, 0);
    EXPECT_EQ(stat.waiting, 0);
    pool->release(b);
}

TEST_F(PoolEngine, WaitersAreServedInOrder) {
    const auto pool = make(limits_of(1));
    auto* const only = pool->acquire();
    std::vector<int> order;
    std::vector<std::jthread> waiters;
    for (int i = 0; i < 8; ++i) {
        waiters.emplace_back([&, i] {
            auto* const entry = pool->acquire();
            order.push_back(i);  // guarded by holding the only connection
            pool->release(entry);
        });
        await_waiting(*pool, i + 1);
    }
    pool->release(only);
    waiters.clear();
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3, 4, 5, 6, 7}));
    EXPECT_EQ(made, 1);
}

TEST_F(PoolEngine, TimeoutReportsTheCountsAndTheLastError) {
    auto limits = limits_of(2);
    limits.acquire_timeout = 1s;
    const auto pool = make(limits);
    auto* const first = pool->acquire();
    auto* const only = pool->acquire();
    first->healthy = false;
    pool->release(first);
    refusing = true;
    EXPECT_THROW(static_cast<void>(pool->acquire()), std::runtime_error);
    refusing = false;
    stalling = true;  // the pending connect takes the last place
    const std::string message = thrown_message<timeout_error>([&] { return pool->acquire(); });
    stalled.acquire();
    go_on.release();
    await_idle(*pool, 1);
    EXPECT_NE(message.find("within 1000 ms (total 2 of 2, acquired 1, idle 0, constructing 1"),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("last connect failure: connect refused"), std::string::npos) << message;
    EXPECT_EQ(pool->stat().waiting, 0);
    pool->release(only);
}

TEST_F(PoolEngine, ABrokenConnectionIsReplacedForAWaiter) {
    const auto pool = make(limits_of(1));
    auto* const only = pool->acquire();
    auto waiter = std::async(std::launch::async, [&] { return pool->acquire(); });
    await_waiting(*pool, 1);
    only->healthy = false;
    pool->release(only);
    auto* const replacement = waiter.get();
    EXPECT_EQ(replacement->number, 2);
    EXPECT_EQ(open_connections, 1);
    pool->release(replacement);
}

TEST_F(PoolEngine, ExpiredConnectionsAreNeitherHandedOutNorKept) {
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->release(a);
    pass(55min);
    auto* const fresh = pool->acquire();
    EXPECT_EQ(fresh->number, 3);
    EXPECT_EQ(open_connections, 2) << "the expired idle one is closed";
    pool->release(b);
    EXPECT_EQ(open_connections, 1) << "an expired connection in use is closed when it is released";
    pool->release(fresh);
}

TEST_F(PoolEngine, IdleConnectionsAreCheckedBeforeTheyAreHandedOut) {
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->release(a);
    pool->release(b);
    b->healthy = false;
    pass(1s);
    EXPECT_EQ(pool->acquire(), a) << "a connection that the server closed is skipped";
    EXPECT_EQ(open_connections, 1);
    pool->release(a);
}

TEST_F(PoolEngine, LifetimeIsShortenedByTheJitterAndNeverLengthened) {
    auto limits = limits_of(64);
    limits.lifetime_jitter = 0.5;
    const auto pool = make(limits);
    std::vector<fake_entry*> entries;
    for (int i = 0; i < 64; ++i) {
        entries.push_back(pool->acquire());
    }
    auto shortest = fake_clock::time_point::max();
    auto longest = fake_clock::time_point::min();
    for (auto* const entry : entries) {
        shortest = std::min(shortest, entry->expires_at);
        longest = std::max(longest, entry->expires_at);
        pool->release(entry);
    }
    const fake_clock::time_point start{};
    EXPECT_GE(shortest, start + 27min + 30s);
    EXPECT_LE(longest, start + 55min);
    EXPECT_GT(longest - shortest, 5min) << "64 lifetimes over half an hour lie this close";
}

// The fake clock stands still until the test moves it, so the wait of four milliseconds is exact.
TEST_F(PoolEngine, AWaiterIsNotOvertakenAfterFourMilliseconds) {
    const auto pool = make(limits_of(1));
    auto* const only = pool->acquire();
    auto waiter = std::async(std::launch::async, [&] { return pool->acquire(); });
    await_waiting(*pool, 1);
    pass(4ms);
    pool->release(only);
    EXPECT_THROW(static_cast<void>(pool->acquire(within{0ms})), timeout_error);
    EXPECT_EQ(waiter.get(), only);
    pool->release(only);
}

// The first waiter is woken for an idle connection and, before it runs, is handed another one.
TEST_F(PoolEngine, AWakeUpThatIsNotNeededPassesToTheNextWaiter) {
    for (int round = 0; round < 100; ++round) {
        const auto pool = make(limits_of(2));
        auto* const a = pool->acquire();
        auto* const b = pool->acquire();
        auto first = std::async(std::launch::async, [&] { return pool->acquire(); });
        await_waiting(*pool, 1);
        auto second = std::async(std::launch::async, [&] { return pool->acquire(); });
        await_waiting(*pool, 2);
        pool->release(a);
        pass(4ms);
        pool->release(b);
        auto* const one = first.get();
        auto* const other = second.get();
        pool->release(one);
        pool->release(other);
    }
}

TEST_F(PoolEngine, AStopEndsTheWaitAndTheConnectServesTheNext) {
    const auto pool = make(limits_of(1));
    stalling = true;
    std::stop_source stop;
    auto waiter = std::async(std::launch::async, [&] { return pool->acquire(stop.get_token()); });
    stalled.acquire();
    stop.request_stop();
    EXPECT_THROW(static_cast<void>(waiter.get()), cancelled_error);
    EXPECT_EQ(pool->stat().canceled_acquire_count, 1);
    EXPECT_EQ(pool->stat().acquire_timeouts, 0);
    go_on.release();
    auto* const entry = pool->acquire();
    EXPECT_EQ(entry->number, 1);
    EXPECT_EQ(attempts, 1);
    pool->release(entry);
}

TEST_F(PoolEngine, ADeadlineEndsTheWaitAndTheConnectServesTheNext) {
    const auto pool = make(limits_of(1));
    stalling = true;
    EXPECT_THROW(static_cast<void>(pool->acquire(within{1ms})), timeout_error);
    EXPECT_EQ(pool->stat().canceled_acquire_count, 1);
    EXPECT_EQ(pool->stat().acquire_timeouts, 1);
    stalled.acquire();
    go_on.release();
    pool->release(pool->acquire());
    EXPECT_EQ(attempts, 1);
}

// A deadline limits the wait. With an idle connection there is nothing to wait for.
TEST_F(PoolEngine, APassedDeadlineStillTakesAnIdleConnection) {
    const auto pool = make(limits_of(1));
    pool->release(pool->acquire());
    for (const within budget : {within{0ms}, within{-1h}}) {
        auto* const only = pool->acquire(budget);
        EXPECT_THROW(static_cast<void>(pool->acquire(budget)), timeout_error);
        pool->release(only);
    }
    EXPECT_EQ(attempts, 1);
}

TEST_F(PoolEngine, AStopBeforeTheCallIsRespected) {
    const auto pool = make(limits_of(1));
    pool->release(pool->acquire());
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(static_cast<void>(pool->acquire(stop.get_token())), cancelled_error);
    EXPECT_EQ(attempts, 1);
}

TEST_F(PoolEngine, AboveMaxWaitersTheAcquireFailsAtOnce) {
    auto limits = limits_of(1);
    limits.max_waiters = 1;
    const auto pool = make(limits);
    auto* const only = pool->acquire();
    auto waiter = std::async(std::launch::async, [&] { return pool->acquire(); });
    await_waiting(*pool, 1);
    const std::string message =
        thrown_message<pool_exhausted_error>([&] { return pool->acquire(); });
    EXPECT_NE(message.find("max_waiters, 1,"), std::string::npos) << message;
    EXPECT_NE(message.find("acquired 1"), std::string::npos) << message;
    EXPECT_EQ(pool->stat().rejected, 1);
    pool->release(only);
    pool->release(waiter.get());
}

TEST_F(PoolEngine, AcquireAllIdleTakesIdleAndOpenConnections) {
    const auto pool = make(limits_of(4));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    auto* const c = pool->acquire();
    pool->release(a);
    pool->release(b);
    const auto taken = pool->acquire_all_idle();
    EXPECT_EQ(taken.size(), 2U);
    EXPECT_EQ(pool->stat().idle_connections, 0);
    EXPECT_EQ(pool->stat().acquired_connections, 3);
    for (auto* const entry : {a, b, c}) {
        pool->release(entry);
    }
    EXPECT_TRUE(pool->acquire_all_idle().size() == 3U);
}

TEST_F(PoolEngine, AHijackedConnectionLeavesThePool) {
    const auto pool = make(limits_of(1));
    auto* const only = pool->acquire();
    auto waiter = std::async(std::launch::async, [&] { return pool->acquire(); });
    await_waiting(*pool, 1);
    const auto hijacked = pool->hijack(only);
    auto* const second = waiter.get();
    EXPECT_EQ(second->number, 2);
    EXPECT_EQ(hijacked->number, 1);
    EXPECT_EQ(open_connections, 2);
    EXPECT_EQ(pool->stat().total_connections, 1);
    pool->release(second);
}

TEST_F(PoolEngine, ResetReplacesEachConnectionAsItComesBack) {
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->release(b);
    pool->reset();
    EXPECT_EQ(open_connections, 1) << "the idle one is closed";
    EXPECT_FALSE(pool->release(a));
    EXPECT_EQ(open_connections, 0);
    auto* const fresh = pool->acquire();
    EXPECT_EQ(fresh->number, 3);
    EXPECT_TRUE(pool->release(fresh));
}

TEST_F(PoolEngine, AConnectThatBeganBeforeAResetIsNotUsed) {
    const auto pool = make(limits_of(1));
    stalling = true;
    auto waiter = std::async(std::launch::async, [&] { return pool->acquire(); });
    stalled.acquire();
    stalling = false;
    pool->reset();
    go_on.release();
    EXPECT_EQ(waiter.get()->number, 2);
    await_open(1);
}

TEST_F(PoolEngine, StatCountsAsPgxpoolDoes) {
    const auto pool = make(limits_of(1));
    pool->release(pool->acquire());
    auto* const only = pool->acquire();
    pool_stat stat = pool->stat();
    EXPECT_EQ(stat.acquire_count, 2);
    EXPECT_EQ(stat.empty_acquire_count, 1) << "the first had to wait for the connect";
    EXPECT_GT(stat.empty_acquire_wait_time, 0ns);
    EXPECT_EQ(stat.acquire_duration, stat.empty_acquire_wait_time);
    EXPECT_EQ(stat.new_connections_count, 1);
    EXPECT_EQ(stat.canceled_acquire_count, 0);
    pass(55min);
    pool->release(only);
    EXPECT_EQ(pool->stat().max_lifetime_destroy_count, 1);
    auto* const idle = pool->acquire();
    pool->release(idle);
    idle->healthy = false;
    pass(1s);
    pool->release(pool->acquire());
    EXPECT_EQ(pool->stat().liveness_failures, 1);
    pass(10min);
    maintain(*pool);
    EXPECT_EQ(pool->stat().max_idle_destroy_count, 1);
    EXPECT_EQ(pool->stat().new_connections_count, 3);
}

TEST_F(PoolEngine, AfterOneBreaksTheOthersAreChecked) {
    pass(1ms);
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->release(b);
    b->healthy = false;  // the pool does not know yet
    a->healthy = false;
    pool->release(a);
    EXPECT_GT(wakes, 0) << "maintenance looks at what is idle";
    EXPECT_EQ(pool->acquire()->number, 3) << "b was used this very moment, and is passed over";
}

}  // namespace pool_engine_test
