// SPDX-License-Identifier: Apache-2.0
// Lifetimes, idle times, replacements and leaks.
#include "unit/pool/pool_engine_fixture.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace pool_engine_maintenance_test {

using namespace pool_engine_test;

class PoolEngineMaintenance : public PoolEngine {};

TEST_F(PoolEngineMaintenance, ClosesExpiredIdleAndDeadConnections) {
    const auto pool = make(limits_of(3));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    auto* const c = pool->acquire();
    pool->release(a);
    pass(6min);
    pool->release(b);
    pool->release(c);
    c->healthy = false;
    maintain(*pool);
    EXPECT_EQ(pool->stat().idle_connections, 2) << "hung up";
    pass(5min);
    maintain(*pool);
    EXPECT_EQ(pool->stat().idle_connections, 1) << "idle for too long";
    pass(45min);
    maintain(*pool);
    EXPECT_EQ(pool->stat().idle_connections, 0) << "too old";
}

TEST_F(PoolEngineMaintenance, AnIdleConnectionIsReplacedBeforeItIsClosed) {
    auto limits = limits_of(1);
    limits.max_idle_time = 2h;
    const auto pool = make(limits);
    pool->release(pool->acquire());
    maintain(*pool);
    EXPECT_EQ(made, 1);
    pass(54min + 30s);  // the lifetime minus the 30 s in which the replacement is connected
    maintain(*pool);
    await([&] { return made == 2; });
    await_made(*pool);
    EXPECT_EQ(open_while_made, 1) << "the old one was there while the new one was made";
    await_open(1);
    EXPECT_EQ(pool->stat().max_lifetime_destroy_count, 1);
    EXPECT_EQ(pool->acquire()->number, 2);
}

void expect_to_add_up(const engine& pool) {
    const dsql::pool_stat now = pool.stat();
    EXPECT_EQ(now.total_connections,
              now.idle_connections + now.acquired_connections + now.constructing_connections);
}

TEST_F(PoolEngineMaintenance, CountsAreConsistentDuringReplacements) {
    auto limits = limits_of(2);
    limits.max_idle_time = 2h;
    const auto pool = make(limits);
    auto* const lent = pool->acquire();
    pool->release(pool->acquire());
    pass(54min + 30s);
    stalling = true;
    maintain(*pool);
    stalled.acquire();
    stalled.acquire();
    EXPECT_EQ(pool->stat().constructing_connections, 2);
    expect_to_add_up(*pool);
    go_on.release(2);
    await_made(*pool);
    EXPECT_EQ(pool->stat().total_connections, 2);
    await_open(3);
    expect_to_add_up(*pool);
    pool->release(lent);
    EXPECT_EQ(pool->stat().total_connections, 2);
    EXPECT_EQ(open_connections, 2);
    expect_to_add_up(*pool);
}

TEST_F(PoolEngineMaintenance, AConnectionInUseIsReplaced) {
    const auto pool = make(limits_of(1));
    auto* const old = pool->acquire();
    pass(54min + 30s);
    maintain(*pool);
    await([&] { return made == 2; });
    await_made(*pool);
    EXPECT_EQ(open_connections, 2) << "one beyond the maximum, until the old one is back";
    EXPECT_EQ(pool->stat().idle_connections, 0);
    EXPECT_THROW(static_cast<void>(pool->acquire(dsql::within{1ms})), dsql::timeout_error)
        << "not to be had beside the old one";
    maintain(*pool);
    EXPECT_FALSE(pool->release(old));
    EXPECT_EQ(open_connections, 1);
    EXPECT_EQ(pool->acquire()->number, 2);
    EXPECT_EQ(made, 2);
}

TEST_F(PoolEngineMaintenance, ReplacementsUnderLoadDoNotAccumulate) {
    const auto pool = make(limits_of(2));
    for (int life = 0; life < 20; ++life) {
        auto* const a = pool->acquire();
        auto* const b = pool->acquire();
        auto waiter = std::async(std::launch::async, [&] { return pool->acquire(); });
        await_waiting(*pool, 1);
        pass(54min + 30s);
        maintain(*pool);
        await([&] { return made == 2 * life + 4; });
        await_made(*pool);
        EXPECT_EQ(pool->stat().total_connections, 2)
            << "those that wait for their turn do not count";
        EXPECT_EQ(pool->stat().acquired_connections, 2);
        pool->release(a);
        pool->release(b);
        pool->release(waiter.get());
        EXPECT_EQ(pool->stat().total_connections, 2);
    }
}

TEST_F(PoolEngineMaintenance, AConnectionThatBreaksDuringItsReplacementIsReplacedOnce) {
    const auto pool = make(limits_of(1));
    auto* const old = pool->acquire();
    pass(54min + 30s);
    stalling = true;
    maintain(*pool);
    stalled.acquire();
    old->healthy = false;
    pool->release(old);
    auto waiter = std::async(std::launch::async, [&] { return pool->acquire(); });
    await_waiting(*pool, 1);
    EXPECT_EQ(pool->stat().constructing_connections, 1);
    stalling = false;
    go_on.release();
    EXPECT_EQ(waiter.get()->number, 2);
    EXPECT_EQ(pool->stat().total_connections, 1);
}

TEST_F(PoolEngineMaintenance, SuccessorsAreClosedWithThePool) {
    const auto pool = make(limits_of(1));
    auto* const old = pool->acquire();
    pass(54min + 30s);
    maintain(*pool);
    await([&] { return made == 2; });
    await_made(*pool);
    pool->close();
    EXPECT_EQ(open_connections, 1);
    pool->release(old);
    EXPECT_EQ(open_connections, 0);
}

TEST_F(PoolEngineMaintenance, AFailedReplacementLeavesTheOldConnectionInPlace) {
    const auto pool = make(limits_of(1));
    auto* const old = pool->acquire();
    pass(54min + 30s);
    refusing = true;
    maintain(*pool);
    await_made(*pool);
    EXPECT_TRUE(pool->release(old));
    refusing = false;
    EXPECT_EQ(pool->acquire(), old);
    pass(30s);
    EXPECT_FALSE(pool->release(old));
    EXPECT_EQ(pool->acquire()->number, 2);
}

TEST_F(PoolEngineMaintenance, AReplacementThatFailsForAMomentIsTriedAgainInTime) {
    const auto pool = make(limits_of(1, 1));
    pool->release(pool->acquire());
    pass(54min + 30s);
    failures_to_pass = 1;
    maintain(*pool);
    await_made(*pool);
    EXPECT_EQ(attempts, 2);
    pass(23s);   // three quarters of the rest of the lifetime
    await([&] {  // connects pause for some milliseconds after a failure
        maintain(*pool);
        return attempts == 3;
    });
    await_made(*pool);
    EXPECT_EQ(pool->acquire()->number, 2);
}

TEST_F(PoolEngineMaintenance, TheNextRoundIsWhenSomethingIsDue) {
    auto idle_for_long = limits_of(1);
    idle_for_long.max_idle_time = 2h;
    const auto pool = make(idle_for_long);
    EXPECT_EQ(maintain(*pool), 1min) << "nothing there: the period";
    pool->release(pool->acquire());
    pass(54min);
    EXPECT_EQ(maintain(*pool), 30s) << "a replacement is due then";
    auto limits = limits_of(1);
    limits.leak_threshold = 2s;
    EXPECT_EQ(maintain(*make(limits)), 2s);
}

TEST_F(PoolEngineMaintenance, AnEarlierDueTimeWakesTheMaintenance) {
    auto limits = limits_of(1);
    limits.max_lifetime = 10s;
    const auto pool = make(limits);
    maintain(*pool);
    EXPECT_EQ(wakes, 0);
    pool->release(pool->acquire());
    EXPECT_EQ(wakes, 1);
}

TEST_F(PoolEngineMaintenance, ShortLifetimesHaveNoReplacement) {
    auto limits = limits_of(1);
    limits.max_lifetime = 10ms;
    const auto pool = make(limits);
    auto* const entry = pool->acquire();
    EXPECT_EQ(maintain(*pool), 1min);
    pass(10ms);
    maintain(*pool);
    await_made(*pool);
    EXPECT_EQ(made, 1);
    EXPECT_FALSE(pool->release(entry));
}

TEST_F(PoolEngineMaintenance, ALeakIsReportedOnceWithItsSourceLocation) {
    auto limits = limits_of(2);
    limits.leak_threshold = 5s;
    const auto pool = make(limits);
    std::vector<std::string> reports;
    const auto watch = [&] {
        pool->maintain([&](const dsql::source_location& where, std::chrono::milliseconds held) {
            reports.push_back(std::to_string(where.line()) + " " + std::to_string(held.count()));
        });
    };
    const auto here = dsql::source_location::current();
    auto* const leaked = pool->acquire({}, here);
    pool->release(pool->acquire());
    pass(4s);
    watch();
    EXPECT_TRUE(reports.empty());
    pass(2s);
    watch();
    watch();
    EXPECT_EQ(reports, std::vector{std::to_string(here.line()) + " 6000"});
    pool->release(leaked);
    pool->release(pool->acquire());
    watch();
    EXPECT_EQ(reports.size(), 1U);
}

}  // namespace pool_engine_maintenance_test
