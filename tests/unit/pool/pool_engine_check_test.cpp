// SPDX-License-Identifier: Apache-2.0
// Idle connections are checked without the pool's lock. The tests change the pool meanwhile.
#include <dsql/error.hpp>

#include "unit/pool/pool_engine_fixture.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace pool_engine_test {

using dsql::detail::pool_limits;

class PoolEngineCheck : public PoolEngine {
protected:
    // Returns a pool with `count` idle connections that need a check before they are used.
    std::shared_ptr<engine> with_idle(int count, int max) {
        std::shared_ptr<engine> pool = make(limits_of(max));
        std::vector<fake_entry*> taken;
        for (int i = 0; i < count; ++i) {
            taken.push_back(pool->acquire());
        }
        for (fake_entry* const entry : taken) {
            pool->release(entry);
        }
        pass(1s);
        return pool;
    }
};

// The pool's lock cannot be locked twice, so the test would hang if it were held.
TEST_F(PoolEngineCheck, TakesPlaceWithoutTheLock) {
    const auto pool = with_idle(2, 2);
    int looked_at = 0;
    while_checked = [&] {
        ++looked_at;
        EXPECT_EQ(pool->stat().total_connections, 2);
    };
    pool->release(pool->acquire());
    EXPECT_EQ(looked_at, 1);
    pass(1s);
    maintain(*pool);
    EXPECT_EQ(looked_at, 3);
    pass(1s);
    for (fake_entry* const entry : pool->acquire_all_idle()) {
        pool->release(entry);
    }
    EXPECT_EQ(looked_at, 5);
    while_checked = nullptr;
    EXPECT_EQ(pool->stat().idle_connections, 2);
}

TEST_F(PoolEngineCheck, ACloseMeanwhileClosesTheConnection) {
    for (const bool by_maintenance : {false, true}) {
        const auto pool = with_idle(1, 1);
        while_checked = [&] {
            pool->close();
        };
        if (by_maintenance) {
            maintain(*pool);
        } else {
            EXPECT_THROW(static_cast<void>(pool->acquire()), dsql::pool_closed_error);
        }
        while_checked = nullptr;
        EXPECT_EQ(open_connections, 0);
    }
}

TEST_F(PoolEngineCheck, AResetMeanwhileReplacesTheConnection) {
    const auto pool = with_idle(1, 1);
    while_checked = [&] {
        pool->reset();
    };
    fake_entry* const entry = pool->acquire();
    while_checked = nullptr;
    EXPECT_EQ(entry->number, 2);
    EXPECT_EQ(open_connections, 1);
    pool->release(entry);
}

TEST_F(PoolEngineCheck, AnAcquireDuringMaintenanceGetsTheCheckedConnection) {
    const auto pool = with_idle(1, 2);
    std::jthread caller;
    while_checked = [&] {
        while_checked = nullptr;
        caller = std::jthread([&] { pool->release(pool->acquire()); });
    };
    maintain(*pool);
    caller.join();
    EXPECT_EQ(made, 1) << "another one was connected";
    EXPECT_EQ(pool->stat().idle_connections, 1);
}

TEST_F(PoolEngineCheck, AWaiterGetsAReplacementForADeadConnection) {
    const auto pool = with_idle(1, 1);
    fake_entry* const dead = pool->acquire();
    pool->release(dead);
    pass(1s);
    dead->healthy = false;
    std::jthread waiter;
    while_checked = [&] {
        while_checked = nullptr;
        waiter = std::jthread([&] { pool->release(pool->acquire()); });
        await_waiting(*pool, 1);
    };
    pool->release(pool->acquire());
    waiter.join();
    EXPECT_EQ(made, 2);
    EXPECT_EQ(pool->stat().liveness_failures, 1);
}

}  // namespace pool_engine_test
