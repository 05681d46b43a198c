// SPDX-License-Identifier: Apache-2.0
// How the engine opens connections: how many, when it retries, and which callers get the errors.
#include "support/thrown_message.hpp"
#include "unit/pool/pool_engine_fixture.hpp"

#include <gtest/gtest.h>

#include <future>
#include <stdexcept>
#include <string>
#include <vector>

namespace pool_engine_connect_test {

using dsql::timeout_error;
using dsql::within;
using namespace pool_engine_test;

class PoolEngineConnect : public PoolEngine {};

std::future<fake_entry*> acquire_later(const std::shared_ptr<engine>& pool) {
    return std::async(std::launch::async, [pool] { return pool->acquire(); });
}

TEST_F(PoolEngineConnect, APermanentErrorReachesAllWaitersWithoutOtherConnections) {
    const auto pool = make(limits_of(1));
    auto* const only = pool->acquire();
    auto first = acquire_later(pool);
    await_waiting(*pool, 1);
    auto second = acquire_later(pool);
    await_waiting(*pool, 2);
    refusing = true;
    only->healthy = false;
    pool->release(only);
    EXPECT_THROW(static_cast<void>(first.get()), std::runtime_error);
    EXPECT_THROW(static_cast<void>(second.get()), std::runtime_error);
    EXPECT_EQ(attempts, 2);
    EXPECT_EQ(pool->stat().total_connections, 0);
    EXPECT_EQ(pool->stat().connect_errors, 1);
}

TEST_F(PoolEngineConnect, APermanentErrorReachesOneWaiterIfOthersCanBeServed) {
    const auto pool = make(limits_of(2));
    auto* const held = pool->acquire();
    refusing = true;
    EXPECT_THROW(static_cast<void>(pool->acquire()), std::runtime_error);
    auto waiter = acquire_later(pool);
    EXPECT_THROW(static_cast<void>(waiter.get()), std::runtime_error);
    refusing = false;
    pool->release(held);
}

TEST_F(PoolEngineConnect, ExceptionsOfHooksAreNotRetried) {
    const auto pool = make(limits_of(1));
    failing_in_hook = true;
    EXPECT_EQ(thrown_message<std::runtime_error>([&] { return pool->acquire(); }), "server away");
    EXPECT_THROW(pool->warm_up(1, std::chrono::steady_clock::now() + 1h), std::runtime_error);
    EXPECT_EQ(attempts, 2);
    failing_in_hook = false;
    pool->release(pool->acquire());
}

TEST_F(PoolEngineConnect, TransientErrorsAreRetriedWhileACallerWaits) {
    const auto pool = make(limits_of(1));
    failures_to_pass = 3;
    auto* const entry = pool->acquire();
    EXPECT_EQ(attempts, 4);
    EXPECT_EQ(last_attempt, 3);
    EXPECT_EQ(pool->stat().connect_errors, 3);
    pool->discard(entry);
    failures_to_pass = 1;
    pool->release(pool->acquire());
    EXPECT_EQ(last_attempt, 1) << "a success begins a new row";
}

TEST_F(PoolEngineConnect, TransientErrorsAreInTheTimeoutAndNotRetriedWithoutAWaiter) {
    const auto pool = make(limits_of(1));
    failures_to_pass = 1'000'000;
    const std::string message =
        thrown_message<timeout_error>([&] { return pool->acquire(within{100ms}); });
    EXPECT_NE(message.find("last connect failure: server away"), std::string::npos) << message;
    await_made(*pool);
    const int tried = attempts;
    EXPECT_LT(tried, 20) << "there are pauses between";
    failures_to_pass = 0;
    pool->release(pool->acquire());
    EXPECT_EQ(attempts, tried + 1);
}

TEST_F(PoolEngineConnect, ASuccessfulConnectClearsTheLastError) {
    const auto pool = make(limits_of(1));
    refusing = true;
    EXPECT_THROW(static_cast<void>(pool->acquire()), std::runtime_error);
    refusing = false;
    auto* const only = pool->acquire();
    const std::string message =
        thrown_message<timeout_error>([&] { return pool->acquire(within{1ms}); });
    EXPECT_EQ(message.find("last connect failure"), std::string::npos) << message;
    pool->release(only);
}

TEST_F(PoolEngineConnect, ConcurrentConnectsAreLimited) {
    auto limits = limits_of(8);
    limits.max_concurrent_connects = 2;
    const auto pool = make(limits);
    stalling = true;
    std::vector<std::future<fake_entry*>> waiters;
    for (int i = 0; i < 5; ++i) {
        waiters.push_back(acquire_later(pool));
    }
    await_waiting(*pool, 5);
    stalled.acquire();
    stalled.acquire();
    EXPECT_EQ(pool->stat().constructing_connections, 2);
    EXPECT_EQ(attempts, 2);
    for (int i = 0; i < 3; ++i) {
        go_on.release();
        stalled.acquire();
        EXPECT_LE(attempts - made, 2);
    }
    go_on.release(2);
    for (auto& waiter : waiters) {
        pool->release(waiter.get());
    }
    EXPECT_EQ(attempts, 5);
}

TEST_F(PoolEngineConnect, ConnectsMatchTheNumberOfWaiters) {
    const auto pool = make(limits_of(8));
    stalling = true;
    auto waiter = acquire_later(pool);
    stalled.acquire();
    EXPECT_EQ(pool->stat().constructing_connections, 1);
    go_on.release();
    pool->release(waiter.get());
    await_made(*pool);
    EXPECT_EQ(attempts, 1);
}

TEST_F(PoolEngineConnect, WarmUpConnectsInParallel) {
    const auto pool = make(limits_of(4));
    stalling = true;
    auto warming = std::async(std::launch::async,
                              [&] { pool->warm_up(3, std::chrono::steady_clock::now() + 60s); });
    for (int i = 0; i < 3; ++i) {
        stalled.acquire();
    }
    EXPECT_EQ(pool->stat().constructing_connections, 3);
    go_on.release(3);
    warming.get();
    EXPECT_EQ(pool->stat().idle_connections, 3);
    pool->warm_up(2, std::chrono::steady_clock::now());
}

TEST_F(PoolEngineConnect, WarmUpReportsTheConnectError) {
    const auto pool = make(limits_of(4));
    refusing = true;
    EXPECT_THROW(pool->warm_up(2, std::chrono::steady_clock::now() + 60s), std::runtime_error);
    await_made(*pool);
    refusing = false;
    failures_to_pass = 1'000'000;
    auto warming = std::async(std::launch::async,
                              [&] { pool->warm_up(2, std::chrono::steady_clock::now() + 60s); });
    await([&] { return last_attempt > 0; });
    const std::string message = thrown_message<timeout_error>([&] {
        pool->warm_up(2, std::chrono::steady_clock::now());
        return 0;
    });
    EXPECT_NE(message.find("warm_up: 0 of 2"), std::string::npos) << message;
    EXPECT_NE(message.find("server away"), std::string::npos) << message;
    failures_to_pass = 0;
    warming.get();
}

TEST_F(PoolEngineConnect, MinimumIsKeptAndRestored) {
    const auto pool = make(limits_of(4, 2));
    maintain(*pool);
    await_idle(*pool, 2);
    pass(11min);
    maintain(*pool);
    await_made(*pool);
    EXPECT_EQ(made, 2) << "the minimum does not age by idling";
    auto* const entry = pool->acquire();
    await_made(*pool);
    const int before = made;
    entry->healthy = false;
    pool->release(entry);
    await_idle(*pool, 2);
    EXPECT_EQ(made, before + 1) << "at once, not only with the next round";
}

TEST_F(PoolEngineConnect, MinimumIdleConnectionsStayReady) {
    auto limits = limits_of(3);
    limits.min_idle_connections = 1;
    const auto pool = make(limits);
    maintain(*pool);
    await_idle(*pool, 1);
    auto* const first = pool->acquire();
    maintain(*pool);
    await_idle(*pool, 1);
    EXPECT_EQ(pool->stat().total_connections, 2);
    pool->release(first);
    pass(11min);
    maintain(*pool);
    EXPECT_EQ(pool->stat().idle_connections, 1) << "the other was idle for too long";
}

TEST_F(PoolEngineConnect, APermanentErrorPausesTheMinimumForAPeriod) {
    const auto pool = make(limits_of(4, 2));
    refusing = true;
    maintain(*pool);
    await_made(*pool);
    const int refused = attempts;
    EXPECT_LE(refused, 2);
    maintain(*pool);
    await_made(*pool);
    EXPECT_EQ(attempts, refused);
    refusing = false;
    pass(1min);
    maintain(*pool);
    await_idle(*pool, 2);
}

}  // namespace pool_engine_connect_test
