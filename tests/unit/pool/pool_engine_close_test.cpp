// SPDX-License-Identifier: Apache-2.0
// Closing a pool, and using a pool in a forked child.
#include "support/exit_now.hpp"
#include "unit/pool/pool_engine_fixture.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <future>
#include <thread>

namespace pool_engine_close_test {

using dsql::pool_closed_error;
using namespace pool_engine_test;

class PoolEngineClose : public PoolEngine {};

TEST_F(PoolEngineClose, FailsWaitersAndClosesIdleConnections) {
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    auto waiter = std::async(std::launch::async, [&] { return pool->acquire(); });
    await_waiting(*pool, 1);
    pool->close();
    EXPECT_THROW(static_cast<void>(waiter.get()), pool_closed_error);
    EXPECT_THROW(static_cast<void>(pool->acquire()), pool_closed_error);
    EXPECT_THROW(static_cast<void>(pool->acquire_all_idle()), pool_closed_error);
    EXPECT_THROW(pool->warm_up(1, std::chrono::steady_clock::now()), pool_closed_error);
    EXPECT_EQ(open_connections, 2) << "those in use stay usable";
    pool->release(a);
    pool->release(b);
    EXPECT_EQ(open_connections, 0);
    EXPECT_EQ(pool->stat().total_connections, 0);
    pool->close();
}

TEST_F(PoolEngineClose, ClosesEveryIdleConnection) {
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

TEST_F(PoolEngineClose, WaitsForAPendingConnect) {
    const auto pool = make(limits_of(1));
    stalling = true;
    auto connecting = std::async(std::launch::async, [&] { return pool->acquire(); });
    stalled.acquire();
    auto closing = std::async(std::launch::async, [&] { pool->close(); });
    EXPECT_THROW(static_cast<void>(connecting.get()), pool_closed_error);
    go_on.release();
    closing.get();
    EXPECT_EQ(open_connections, 0);
}

TEST_F(PoolEngineClose, ReturnsTheNumberStillInUse) {
    const auto pool = make(limits_of(2));
    auto* const a = pool->acquire();
    auto* const b = pool->acquire();
    pool->close();
    pool->release(a);
    EXPECT_EQ(pool->wait_until_returned(0ms), 1);
    std::jthread releaser([&] { pool->release(b); });
    EXPECT_EQ(pool->wait_until_returned(24h), 0) << "woken, not timed out";
}

TEST_F(PoolEngineClose, AHijackedConnectionIsNotWaitedFor) {
    const auto pool = make(limits_of(1));
    auto* const only = pool->acquire();
    pool->close();
    auto waiting = std::async(std::launch::async, [&] { return pool->wait_until_returned(24h); });
    const auto hijacked = pool->hijack(only);
    EXPECT_EQ(waiting.get(), 0);
}

TEST_F(PoolEngineClose, AConnectionMayOutliveItsPool) {
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

TEST_F(PoolEngineClose, AHijackedConnectionMayBeTheLastOwner) {
    auto pool = make(limits_of(1));
    auto* const only = pool->acquire();
    pool->close();
    pool.reset();
    const auto hijacked = only->owner->hijack(only);
    EXPECT_EQ(open_connections, 1);
}

TEST_F(PoolEngineClose, MayRunConcurrentlyWithARelease) {
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

// Runs `check` in the child and exits with its result, without running the exit handlers of the
// parent.
template <class Check>
int exit_status_in_child(Check check) {
    const pid_t child = fork();
    if (child == 0) {
        exit_now(check());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(PoolEngineClose, InAForkedChildTheEngineThrowsAndClosesNothing) {
    const auto pool = make(limits_of(2));
    auto* const acquired = pool->acquire();
    pool->release(pool->acquire());
    const int status = exit_status_in_child([&] {
        try {
            static_cast<void>(pool->acquire());
            return 1;
        } catch (const dsql::error& failure) {
            if (std::string(failure.what()).find("before fork()") == std::string::npos) {
                return 2;
            }
        }
        pool->release(acquired);
        pool->reset();
        pool->close();
        return open_connections == 2 ? 0 : 3;
    });
    EXPECT_EQ(status, 0);
    EXPECT_TRUE(pool->release(acquired));
}

}  // namespace pool_engine_close_test
