// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/await.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace pool_test {

using dsql::pool;
using namespace std::chrono_literals;

int backend_of(dsql::connection& session) {
    return session.query_value<int>("SELECT pg_backend_pid()");
}

TEST(Pool, ServesManyThreadsWithFewConnections) {
    pool connections(endpoint_under_test(), {.max_connections = 4});
    std::atomic<long long> sum = 0;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 16; ++thread) {
        threads.emplace_back([&] {
            for (int i = 1; i <= 25; ++i) {
                sum += connections.query_value<int>("SELECT $1::int", i);
            }
        });
    }
    threads.clear();
    EXPECT_EQ(sum, 16 * 325);
    const dsql::pool_stat stat = connections.stat();
    EXPECT_LE(stat.total_connections, 4);
    EXPECT_EQ(stat.acquired_connections, 0);
}

TEST(Pool, AfterConnectPreparesEachNewConnectionOnce) {
    std::atomic<int> prepared = 0;
    pool connections(endpoint_under_test(),
                     {.max_connections = 2, .after_connect = [&](dsql::connection& session) {
                          ++prepared;
                          session.execute("SET search_path = myschema");
                      }});
    const auto a = connections.acquire();
    const auto b = connections.acquire();
    EXPECT_EQ(a->query_value<std::string>("SHOW search_path"), "myschema");
    EXPECT_EQ(b->query_value<std::string>("SHOW search_path"), "myschema");
    EXPECT_EQ(prepared, 2);
}

TEST(Pool, AFailingAfterConnectFailsTheAcquire) {
    pool connections(endpoint_under_test(), {.after_connect = [](dsql::connection& session) {
                         session.execute("SELECT 1/0");
                     }});
    EXPECT_THROW(static_cast<void>(connections.acquire()), dsql::server_error);
    EXPECT_EQ(connections.stat().total_connections, 0);
}

TEST(Pool, AStalledAfterConnectEndsWithTheAcquire) {
    pool connections(endpoint_under_test(),
                     {.acquire_timeout = 500ms, .after_connect = [](dsql::connection& session) {
                          session.execute("SELECT pg_sleep(3600)");
                      }});
    EXPECT_THROW(static_cast<void>(connections.acquire()), dsql::timeout_error);
}

TEST(Pool, CloseEndsAStalledAfterConnectOfTheMaintenance) {
    std::binary_semaphore started(0);
    pool connections(endpoint_under_test(),
                     {.min_connections = 1, .after_connect = [&](dsql::connection& session) {
                          started.release();
                          session.execute("SELECT pg_sleep(3600)");
                      }});
    started.acquire();
    connections.close();
}

TEST(Pool, AnAfterConnectThatLeavesATransactionFailsTheAcquire) {
    pool connections(endpoint_under_test(), {.after_connect = [](dsql::connection& session) {
                         session.execute("BEGIN");
                     }});
    EXPECT_NE(thrown_message<dsql::error>([&] {
                  return connections.acquire();
              }).find("inside a transaction"),
              std::string::npos);
}

TEST(Pool, AConnectionInATransactionIsNotReused) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    int first = 0;
    {
        const auto session = connections.acquire();
        first = backend_of(*session);
        session->execute("BEGIN");
    }
    const auto session = connections.acquire();
    EXPECT_NE(backend_of(*session), first);
    EXPECT_TRUE(session->is_idle());
}

TEST(Pool, ALifetimeEndsOnAcquireOrRelease) {
    pool connections(endpoint_under_test(), {.max_connections = 1, .max_lifetime = 1ms});
    const int first = backend_of(*connections.acquire());
    await([&] {
        const auto session = connections.acquire();
        return backend_of(*session) != first;
    });
}

TEST(Pool, MaintenanceKeepsTheMinimumAndReplacesDeadConnections) {
    dsql::config settings = endpoint_under_test();
    settings.orm_prefix = "minimum";
    pool connections(settings,
                     {.max_connections = 4, .min_connections = 2, .health_check_period = 5ms});
    await([&] { return connections.stat().idle_connections == 2; });
    dsql::connection other = dsql::connect(endpoint_under_test());
    int cut = 0;
    {
        const auto session = connections.acquire();
        cut = backend_of(*session);
    }
    EXPECT_TRUE(other.query_value<bool>("SELECT pg_terminate_backend($1)", cut));
    await([&] {
        return other.query_value<long>(
                   "SELECT count(*) FROM pg_stat_activity "
                   "WHERE pid <> $1 AND application_name LIKE 'minimum:%'",
                   cut) == 2 &&
               connections.stat().idle_connections == 2;
    });
}

TEST(Pool, IdleConnectionsAreClosed) {
    pool connections(endpoint_under_test(), {.max_idle_time = 1ms, .health_check_period = 5ms});
    static_cast<void>(connections.acquire());
    await([&] { return connections.stat().total_connections == 0; });
}

TEST(Pool, AcquireTimesOutWithTheCounts) {
    pool connections(endpoint_under_test(), {.max_connections = 1, .acquire_timeout = 3s});
    const auto only = connections.acquire();
    const std::string message =
        thrown_message<dsql::timeout_error>([&] { return connections.acquire(); });
    EXPECT_NE(message.find("total 1 of 1, acquired 1"), std::string::npos) << message;
}

TEST(Pool, CloseFailsWaitersAndLeavesAcquiredConnectionsUsable) {
    pool connections(endpoint_under_test(), {.max_connections = 1});
    auto acquired = std::optional(connections.acquire());
    std::jthread waiter(
        [&] { EXPECT_THROW(static_cast<void>(connections.acquire()), dsql::pool_closed_error); });
    await([&] { return connections.stat().waiting == 1; });
    connections.close();
    waiter.join();
    EXPECT_EQ((*acquired)->query_value<int>("SELECT 1"), 1);
    acquired.reset();
    EXPECT_EQ(connections.stat().total_connections, 0);
    EXPECT_THROW(static_cast<void>(connections.query_value<int>("SELECT 1")),
                 dsql::pool_closed_error);
}

TEST(Pool, AnAcquiredConnectionMayOutliveThePool) {
    auto connections = std::make_optional<pool>(endpoint_under_test());
    const auto acquired = connections->acquire();
    connections.reset();
    EXPECT_EQ(acquired->query_value<int>("SELECT 1"), 1);
}

TEST(Pool, ConnectErrorsReachTheCaller) {
    dsql::config settings = endpoint_under_test();
    settings.credentials =
        dsql::static_credentials({.access_key_id = "other", .secret_access_key = "other"});
    pool connections(settings);
    EXPECT_THROW(static_cast<void>(connections.acquire()), dsql::connection_error);
}

}  // namespace pool_test
