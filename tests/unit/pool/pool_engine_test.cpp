// SPDX-License-Identifier: Apache-2.0
#include "pool/pool_engine.hpp"

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using dsql::pool_closed_error;
using dsql::pool_stat;
using dsql::timeout_error;
using dsql::detail::pool_engine;
using dsql::detail::pool_entry_base;
using dsql::detail::pool_limits;
using namespace std::chrono_literals;

// A clock that stands still until a test moves it.
struct fake_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<fake_clock>;
    static time_point now() noexcept { return time_point(std::chrono::nanoseconds(elapsed)); }
    static inline std::atomic<rep> elapsed = 0;
};

std::atomic<int> open_connections = 0;

struct fake_entry : pool_entry_base<fake_entry, fake_clock> {
    explicit fake_entry(int made_as) : number(made_as) { ++open_connections; }
    ~fake_entry() { --open_connections; }
    fake_entry(const fake_entry&) = delete;
    fake_entry& operator=(const fake_entry&) = delete;
    bool reusable() noexcept { return healthy; }
    bool hung_up() noexcept { return !healthy; }

    int number;
    std::atomic<bool> healthy = true;
};

using engine = pool_engine<fake_entry, fake_clock>;

pool_limits limits_of(int max, int min = 0) {
    return {.max_connections = max,
            .min_connections = min,
            .max_lifetime = 55min,
            .lifetime_jitter = 0,
            .max_idle_time = 10min,
            .acquire_timeout = 60s};
}

class PoolEngine : public testing::Test {
protected:
    PoolEngine() { fake_clock::elapsed = 0; }

    std::shared_ptr<engine> make(const pool_limits& limits) {
        return std::make_shared<engine>(
            limits,
            [this](std::chrono::milliseconds, const std::stop_token&) {
                if (failing) {
                    throw std::runtime_error("connect refused");
                }
                if (stall_next.exchange(false)) {
                    stalled.set_value();
                    go_on.get_future().wait();
                }
                return std::make_unique<fake_entry>(++made);
            },
            [this] { ++shortages; });
    }

    static void pass(fake_clock::duration time) { fake_clock::elapsed += time.count(); }

    // Waits until `count` callers are queued: the event a test can see.
    static void await_waiting(engine& pool, int count) {
        while (pool.stat().waiting != count) {
            std::this_thread::yield();
        }
    }

    std::atomic<int> made = 0;
    std::atomic<bool> failing = false;
    std::atomic<int> shortages = 0;
    std::atomic<bool> stall_next = false;  // the next connect waits for go_on
    std::promise<void> stalled;
    std::promise<void> go_on;
};

TEST_F(PoolEngine, ConnectsOnDemandAndReusesTheLastReturned) {
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

TEST_F(PoolEngine, TimeOutNamesTheCountsAndTheLastFailure) {
    auto limits = limits_of(2);
    limits.acquire_timeout = 10ms;
    const auto pool = make(limits);
    auto* const first = pool->acquire();
    auto* const only = pool->acquire();
    first->healthy = false;
    pool->release(first);
    failing = true;
    EXPECT_THROW(static_cast<void>(pool->acquire()), std::runtime_error);
    failing = false;
    stall_next = true;  // somebody is connecting, so there is no place left
    auto connecting = std::async(std::launch::async, [&] { return pool->acquire(); });
    stalled.get_future().wait();
    const std::string message = thrown_message<timeout_error>([&] { return pool->acquire(); });
    go_on.set_value();
    pool->release(connecting.get());
    EXPECT_NE(message.find("within 10 ms (total 2 of 2, acquired 1, idle 0, constructing 1"),
              std::string::npos)
        << message;
    EXPECT_NE(message.find("last connect failure: connect refused"), std::string::npos) << message;
    EXPECT_EQ(pool->stat().waiting, 0);
    pool->release(only);
}

TEST_F(PoolEngine, AFailedConnectGivesItsPlaceToTheNextWaiter) {
    const auto pool = make(limits_of(1));
    auto* const only = pool->acquire();
    auto first = std::async(std::launch::async, [&] { return pool->acquire(); });
    await_waiting(*pool, 1);
    auto second = std::async(std::launch::async, [&] { return pool->acquire(); });
    await_waiting(*pool, 2);
    failing = true;
    only->healthy = false;
    pool->release(only);  // dropped: the first waiter may construct, fails, and the second too
    EXPECT_THROW(static_cast<void>(first.get()), std::runtime_error);
    EXPECT_THROW(static_cast<void>(second.get()), std::runtime_error);
    EXPECT_EQ(pool->stat().total_connections, 0);
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

TEST_F(PoolEngine, OldConnectionsAreNeitherHandedOutNorTakenBack) {
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->release(a);
    pass(55min);
    auto* const fresh = pool->acquire();
    EXPECT_EQ(fresh->number, 3);
    EXPECT_EQ(open_connections, 2) << "the expired idle one is closed";
    pool->release(b);
    EXPECT_EQ(open_connections, 1) << "the expired one on loan is closed when it comes back";
    pool->release(fresh);
}

TEST_F(PoolEngine, WhatWasIdleForLongerIsLookedAtBeforeItIsHandedOut) {
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->release(a);
    pool->release(b);
    b->healthy = false;
    pass(1s);
    EXPECT_EQ(pool->acquire(), a) << "the one that hung up is passed over";
    EXPECT_EQ(open_connections, 1);
    pool->release(a);
}

TEST_F(PoolEngine, CloseReachesAConnectUnderWay) {
    const auto pool = make(limits_of(1));
    stall_next = true;
    auto connecting = std::async(std::launch::async, [&] { return pool->acquire(); });
    stalled.get_future().wait();
    pool->close();
    go_on.set_value();
    EXPECT_THROW(static_cast<void>(connecting.get()), pool_closed_error);
    EXPECT_EQ(open_connections, 0);
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

TEST_F(PoolEngine, MaintenanceClosesOldIdleAndHungUpConnections) {
    const auto pool = make(limits_of(3));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    auto* const c = pool->acquire();
    pool->release(a);
    pass(6min);
    pool->release(b);
    pool->release(c);
    c->healthy = false;
    pool->maintain({});
    EXPECT_EQ(pool->stat().idle_connections, 2) << "hung up";
    pass(5min);
    pool->maintain({});
    EXPECT_EQ(pool->stat().idle_connections, 1) << "idle for too long";
    pass(45min);
    pool->maintain({});
    EXPECT_EQ(pool->stat().total_connections, 0) << "too old";
    EXPECT_EQ(open_connections, 0);
}

TEST_F(PoolEngine, MaintenanceKeepsAndRestoresTheMinimum) {
    const auto pool = make(limits_of(4, 2));
    pool->maintain({});
    EXPECT_EQ(pool->stat().idle_connections, 2);
    pass(11min);
    pool->maintain({});
    EXPECT_EQ(made, 2) << "the minimum does not age by idling";
    auto* const entry = pool->acquire();
    entry->healthy = false;
    pool->release(entry);
    EXPECT_EQ(shortages, 1);
    pool->maintain({});
    EXPECT_EQ(pool->stat().idle_connections, 2);
    EXPECT_EQ(made, 3);
}

TEST_F(PoolEngine, MaintenanceGivesUpForThisRoundWhenConnectFails) {
    const auto pool = make(limits_of(4, 2));
    failing = true;
    pool->maintain({});
    EXPECT_EQ(pool->stat().total_connections, 0);
    failing = false;
    pool->maintain({});
    EXPECT_EQ(pool->stat().idle_connections, 2);
}

TEST_F(PoolEngine, AMinimumThatCannotBeKeptIsNotHammered) {
    auto limits = limits_of(4, 2);
    limits.max_lifetime = 0ms;  // over before it can be put back
    const auto pool = make(limits);
    pool->maintain({});
    EXPECT_EQ(made, 1);
    EXPECT_EQ(shortages, 0);
    EXPECT_EQ(open_connections, 0);
}

TEST_F(PoolEngine, AFailureBeforeTheLastConnectIsForgotten) {
    auto limits = limits_of(1);
    limits.acquire_timeout = 10ms;
    const auto pool = make(limits);
    failing = true;
    EXPECT_THROW(static_cast<void>(pool->acquire()), std::runtime_error);
    failing = false;
    auto* const only = pool->acquire();
    const std::string message = thrown_message<timeout_error>([&] { return pool->acquire(); });
    EXPECT_EQ(message.find("last connect failure"), std::string::npos) << message;
    pool->release(only);
}

TEST_F(PoolEngine, ReleaseAndCloseMayMeet) {
    for (int round = 0; round < 500; ++round) {
        auto pool = make(limits_of(1));
        auto* const entry = pool->acquire();
        entry->healthy = round % 2 == 0;
        std::jthread releaser([&] { entry->owner->release(entry); });
        pool->close();
        pool.reset();
    }
    EXPECT_EQ(open_connections, 0);
}

TEST_F(PoolEngine, CloseRefusesWaitersAndClosesWhatIsIdle) {
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    auto waiter = std::async(std::launch::async, [&] { return pool->acquire(); });
    await_waiting(*pool, 1);
    pool->close();
    EXPECT_THROW(static_cast<void>(waiter.get()), pool_closed_error);
    EXPECT_THROW(static_cast<void>(pool->acquire()), pool_closed_error);
    EXPECT_EQ(open_connections, 2) << "those on loan stay usable";
    pool->release(a);
    pool->release(b);
    EXPECT_EQ(open_connections, 0);
    EXPECT_EQ(pool->stat().total_connections, 0);
    pool->close();
}

TEST_F(PoolEngine, CloseLeavesNothingOfTheIdleOnes) {
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->release(a);
    pool->close();
    EXPECT_EQ(open_connections, 1);
    EXPECT_EQ(pool->stat().total_connections, 1);
    EXPECT_EQ(pool->stat().acquired_connections, 1);
    pool->release(b);
}

TEST_F(PoolEngine, AConnectionMayOutliveItsPool) {
    auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->release(b);
    pool->close();
    pool.reset();
    EXPECT_EQ(open_connections, 1);
    a->owner->release(a);
    EXPECT_EQ(open_connections, 0);
}

// Threads that acquire, hold, break and give back at random: no more connections than allowed, none
// used by two at once, none lost.
TEST_F(PoolEngine, StressConservesConnections) {
    constexpr int most = 3;
    const auto pool = make(limits_of(most, 1));
    std::atomic<int> in_use = 0;
    std::vector<std::jthread> threads;
    for (unsigned seed = 0; seed < 8; ++seed) {
        threads.emplace_back([&, seed] {
            std::minstd_rand random(seed);
            for (int i = 0; i < 3000; ++i) {
                auto* const entry = pool->acquire();
                EXPECT_LE(++in_use, most);
                if (random() % 4 == 0) {
                    std::this_thread::yield();
                }
                entry->healthy = random() % 16 != 0;
                --in_use;
                pool->release(entry);
            }
        });
    }
    threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) {
            pool->maintain({});
        }
    });
    threads.clear();
    const pool_stat stat = pool->stat();
    EXPECT_EQ(stat.acquired_connections, 0);
    EXPECT_EQ(stat.waiting, 0);
    EXPECT_EQ(stat.constructing_connections, 0);
    EXPECT_EQ(stat.total_connections, open_connections);
    pool->close();
    EXPECT_EQ(open_connections, 0);
}

}  // namespace
