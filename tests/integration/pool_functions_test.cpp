// SPDX-License-Identifier: Apache-2.0
// Functions of a pool other than acquire and statements.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/await.hpp"
#include "support/exit_now.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <latch>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace pool_functions_test {

using dsql::pool;
using dsql::within;
using namespace std::chrono_literals;

int backend_of(dsql::connection& session) {
    return session.query_value<int>("SELECT pg_backend_pid()");
}

TEST(PoolFunctions, BeginReturnsTheConnectionAtItsEnd) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    connections.execute("CREATE TABLE IF NOT EXISTS pool_begin (n int)");
    connections.execute("DELETE FROM pool_begin");
    {
        auto transaction = connections.begin();
        transaction.execute("INSERT INTO pool_begin VALUES (1)");
        EXPECT_EQ(connections.stat().acquired_connections, 1);
        transaction.commit();
        EXPECT_EQ(connections.stat().acquired_connections, 0);
    }
    {
        auto transaction = connections.begin(within{10s});
        transaction.execute("INSERT INTO pool_begin VALUES (2)");
    }
    auto transaction = connections.begin({.read_only = true});
    EXPECT_EQ(transaction.query_all<int>("SELECT n FROM pool_begin"), std::vector{1});
    EXPECT_THROW(transaction.execute("DELETE FROM pool_begin"), dsql::server_error);
    transaction.rollback();
    EXPECT_EQ(connections.stat().idle_connections, 1);
    connections.execute("DROP TABLE pool_begin");
}

TEST(PoolFunctions, ATransactionMovesWithItsConnection) {
    pool connections(endpoint_under_test(), {.max_connections = 2});
    auto first = connections.begin();
    auto second = connections.begin();
    const int backend = second.query_value<int>("SELECT pg_backend_pid()");
    first = std::move(second);
    EXPECT_EQ(first.query_value<int>("SELECT pg_backend_pid()"), backend);
    EXPECT_EQ(connections.stat().acquired_connections, 1);
    auto third = std::move(first);
    third.commit();
    EXPECT_EQ(connections.stat().idle_connections, 2);
}

TEST(PoolFunctions, ATransactionOfAPoolCanBecomeAPlainOne) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    dsql::transaction plain = connections.begin();
    EXPECT_EQ(plain.query_value<int>("SELECT 1"), 1);
    EXPECT_EQ(connections.stat().acquired_connections, 1);
    plain.commit();
    EXPECT_EQ(connections.stat().acquired_connections, 0);
}

TEST(PoolFunctions, ATimeoutHasTheSourceLocation) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    const auto only = connections.acquire();
    dsql::batch batch;
    batch.add("SELECT 1");
    for (const std::string& message : {thrown_message<dsql::timeout_error>([&] {
                                           return connections.query(dsql::within{1ms}, "SELECT 1");
                                       }),
                                       thrown_message<dsql::timeout_error>([&] {
                                           return connections.run(dsql::within{1ms}, batch);
                                       })}) {
        EXPECT_NE(message.find("pool_functions_test.cpp:"), std::string::npos) << message;
    }
}

TEST(PoolFunctions, AHijackedConnectionOutlivesThePool) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    auto acquired = connections.acquire();
    const int backend = backend_of(*acquired);
    dsql::connection own = acquired.hijack();
    EXPECT_THROW(static_cast<void>(acquired.hijack()), dsql::error);
    EXPECT_NE(backend_of(*connections.acquire()), backend);
    connections.close();
    EXPECT_EQ(backend_of(own), backend);
}

TEST(PoolFunctions, AnEmptyHandleIsAnError) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    auto acquired = connections.acquire();
    acquired.release();
    EXPECT_NE(thrown_message<dsql::error>([&] {
                  return acquired->is_open();
              }).find("was released, hijacked or moved from"),
              std::string::npos);
    acquired.release();
}

TEST(PoolFunctions, AcquireAllIdleAndPing) {
    pool connections(endpoint_under_test(), {.max_connections = 3});
    EXPECT_TRUE(connections.acquire_all_idle().empty());
    connections.warm_up(2, 30s);
    {
        const auto all = connections.acquire_all_idle();
        EXPECT_EQ(all.size(), 2U);
        EXPECT_EQ(connections.stat().acquired_connections, 2);
    }
    connections.ping();
    connections.ping(within{10s});
    EXPECT_EQ(connections.stat().idle_connections, 2);
    EXPECT_NE(thrown_message<dsql::config_error>([&] {
                  connections.warm_up(4, 1s);
                  return 0;
              }).find("max_connections, which is 3"),
              std::string::npos);
}

TEST(PoolFunctions, ResetReplacesEveryConnection) {
    pool connections(endpoint_under_test(), {.max_connections = 2});
    auto acquired = std::optional(connections.acquire());
    const int in_use = backend_of(**acquired);
    const int idle = backend_of(*connections.acquire());
    connections.reset();
    EXPECT_EQ(backend_of(**acquired), in_use);
    acquired.reset();
    for (int i = 0; i < 2; ++i) {
        const int now = connections.query_value<int>("SELECT pg_backend_pid()");
        EXPECT_NE(now, in_use);
        EXPECT_NE(now, idle);
    }
}

TEST(PoolFunctions, AStopTokenEndsTheWaitForAConnection) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    const auto only = connections.acquire();
    std::stop_source stop;
    std::jthread stopper([&] {
        await([&] { return connections.stat().waiting == 1; });
        stop.request_stop();
    });
    EXPECT_THROW(static_cast<void>(connections.query_value<int>(stop.get_token(), "SELECT 1")),
                 dsql::cancelled_error);
    EXPECT_THROW(static_cast<void>(connections.acquire(within{1ms}, {})), dsql::timeout_error);
    EXPECT_EQ(connections.stat().canceled_acquire_count, 2);
}

TEST(PoolFunctions, CloseReturnsTheNumberInUse) {
    pool connections(endpoint_under_test(), {.max_connections = 2});
    auto a = std::optional(connections.acquire());
    auto b = std::optional(connections.acquire());
    a.reset();
    EXPECT_EQ(connections.close(0ms), 1);
    std::jthread later([&] { b.reset(); });
    EXPECT_EQ(connections.close(60s), 0);
}

TEST(PoolFunctions, ALeakIsReportedWithItsSourceLocation) {
    std::latch reported(1);
    dsql::leak_report seen;
    pool connections(endpoint_under_test(),
                     {.leak_threshold = 1ms, .on_leak = [&](const dsql::leak_report& report) {
                          seen = report;
                          reported.count_down();
                      }});
    const auto here = dsql::source_location::current();
    const auto acquired = connections.acquire();
    reported.wait();
    EXPECT_EQ(seen.where.line(), here.line() + 1);
    EXPECT_NE(std::string(seen.where.file_name()).find("pool_functions_test"), std::string::npos);
    EXPECT_EQ(acquired->query_value<int>("SELECT 1"), 1) << "nothing is stopped";
}

TEST(PoolFunctions, AForkedChildGetsErrorsAndTheParentIsUnaffected) {
    auto connections = std::make_optional<pool>(endpoint_under_test());
    auto acquired = std::optional(connections->acquire());
    auto transaction = std::optional(connections->begin());
    connections->ping();
    const pid_t child = fork();
    if (child == 0) {
        try {
            transaction->commit();
            exit_now(3);
        } catch (const dsql::error&) {
            transaction.reset();
        }
        try {
            const dsql::connection taken = acquired->hijack();
            exit_now(4);
        } catch (const dsql::error&) {
            acquired.reset();
        }
        try {
            static_cast<void>(connections->acquire());
        } catch (const dsql::error& failure) {
            connections.reset();
            const bool clear = std::string(failure.what()).find("fork()") != std::string::npos;
            exit_now(clear ? 0 : 2);
        }
        exit_now(1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_EQ((*acquired)->query_value<int>("SELECT 1"), 1);
    acquired.reset();
    EXPECT_EQ(transaction->query_value<int>("SELECT 1"), 1);
    transaction->commit();
    transaction.reset();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(connections->query_value<int>("SELECT $1::int", i), i);
    }
}

}  // namespace pool_functions_test
