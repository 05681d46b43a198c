// SPDX-License-Identifier: Apache-2.0
// The hooks of pool_options, and the liveness checks of idle connections.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/socket.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <new>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace pool_hooks_test {

using dsql::connection;
using dsql::pool;
using dsql::prepare_action;
using namespace std::chrono_literals;

int backend_of(connection& session) {
    return session.query_value<int>("SELECT pg_backend_pid()");
}

TEST(PoolHooks, BeforeConnectChoosesTheUser) {
    connection admin = dsql::connect(endpoint_under_test());
    admin.execute("DROP ROLE IF EXISTS pool_hooks_user");
    admin.execute("CREATE ROLE pool_hooks_user LOGIN");
    admin.execute("AWS IAM GRANT pool_hooks_user TO 'arn:aws:iam::123456789012:role/app'");
    pool connections(endpoint_under_test(),
                     {.before_connect = [](dsql::connect_settings& settings) {
                         EXPECT_EQ(settings.database, "postgres");
                         settings.user = "pool_hooks_user";
                         settings.application_name = "orders";
                     }});
    EXPECT_EQ(connections.query_value<std::string>("SELECT current_user"), "pool_hooks_user");
    EXPECT_EQ(connections.query_value<std::string>("SHOW application_name"), "orders");
    connections.close();
    admin.execute("DROP ROLE pool_hooks_user");
}

TEST(PoolHooks, AnInvalidBeforeConnectFailsTheAcquire) {
    pool throwing(endpoint_under_test(), {.before_connect = [](dsql::connect_settings&) {
                      throw std::runtime_error("no name today");
                  }});
    EXPECT_EQ(thrown_message<std::runtime_error>([&] { return throwing.acquire(); }),
              "no name today");
    pool nameless(endpoint_under_test(), {.before_connect = [](dsql::connect_settings& as) {
                      as.user.clear();
                  }});
    EXPECT_THROW(static_cast<void>(nameless.acquire()), dsql::config_error);
}

// This includes errors that a pool retries when connecting causes them.
TEST(PoolHooks, ExceptionsOfHooksFailTheAcquireAtOnce) {
    const std::vector<std::function<void()>> throwing = {
        [] { throw dsql::timeout_error("thrown"); },
        [] { throw dsql::connection_error("thrown", true); },
        [] { throw dsql::connection_error(dsql::connection_phase::tcp, "thrown"); },
        [] {
            throw dsql::connection_error(dsql::connection_phase::startup, "thrown",
                                         "rate exceeded");
        },
        [] { throw dsql::cancelled_error("thrown"); },
        [] { throw std::bad_alloc(); },
        [] { throw std::system_error(EMFILE, std::generic_category()); },
        [] { throw std::runtime_error("thrown"); },
        [] {
            throw 42;  // NOLINT(hicpp-exception-baseclass)
        }};
    for (std::size_t i = 0; i < throwing.size(); ++i) {
        std::atomic<int> called = 0;
        const dsql::pool_options before = {.acquire_timeout = 5s,
                                           .before_connect = [&](dsql::connect_settings&) {
                                               ++called;
                                               throwing[i]();
                                           }};
        const dsql::pool_options after = {.acquire_timeout = 5s, .after_connect = [&](connection&) {
                                              ++called;
                                              throwing[i]();
                                          }};
        for (const auto* const options : {&before, &after}) {
            pool connections(endpoint_under_test(), *options);
            EXPECT_ANY_THROW(static_cast<void>(connections.acquire()));
            EXPECT_EQ(called.exchange(0), 1) << "what is thrown as the " << i;
            EXPECT_EQ(connections.stat().acquire_timeouts, 0);
            EXPECT_ANY_THROW(connections.warm_up(1, 5s));
            EXPECT_EQ(called.exchange(0), 1);
        }
    }
}

TEST(PoolHooks, ATimeoutInAfterConnectFailsTheAcquireAtOnce) {
    dsql::config settings = endpoint_under_test();
    settings.connect_timeout = 2s;
    std::atomic<int> called = 0;
    pool connections(settings, {.acquire_timeout = 1h, .after_connect = [&](connection& session) {
                                    ++called;
                                    session.execute("SELECT pg_sleep(3600)");
                                }});
    const std::string message =
        thrown_message<dsql::timeout_error>([&] { return connections.acquire(); });
    EXPECT_NE(message.find("pg_sleep(3600)"), std::string::npos) << message;
    EXPECT_EQ(called, 1);
}

TEST(PoolHooks, RepeatedReplacementsAreDelayedAndReported) {
    pool connections(
        endpoint_under_test(),
        {.max_connections = 4, .acquire_timeout = 3s, .prepare_connection = [](connection&) {
             return prepare_action::replace;
         }});
    const std::string message =
        thrown_message<dsql::timeout_error>([&] { return connections.acquire(); });
    EXPECT_NE(message.find("no connection within 3000 ms; prepare_connection answered "
                           "prepare_action::replace to "),
              std::string::npos)
        << message;
    EXPECT_LT(connections.stat().new_connections_count, 13);
    EXPECT_EQ(connections.stat().total_connections, connections.stat().constructing_connections);
}

TEST(PoolHooks, PrepareConnectionMayUseReplaceOrFail) {
    std::atomic<int> refused = 0;
    std::atomic<prepare_action> action = prepare_action::use;
    pool connections(endpoint_under_test(),
                     {.max_connections = 1, .prepare_connection = [&](connection& session) {
                          if (backend_of(session) == refused) {
                              return prepare_action::replace;
                          }
                          return action.load();
                      }});
    const int first = backend_of(*connections.acquire());
    EXPECT_EQ(backend_of(*connections.acquire()), first);
    action = prepare_action::fail;
    EXPECT_NE(thrown_message<dsql::error>([&] {
                  return connections.acquire();
              }).find("prepare_action::fail"),
              std::string::npos);
    EXPECT_EQ(connections.stat().idle_connections, 1) << "it went back";
    action = prepare_action::use;
    refused = first;
    EXPECT_NE(backend_of(*connections.acquire()), first);
}

TEST(PoolHooks, AnExceptionOfPrepareConnectionClosesTheConnection) {
    pool connections(endpoint_under_test(), {.prepare_connection = [](connection& session) {
                         session.execute("SELECT 1/0");
                         return prepare_action::use;
                     }});
    EXPECT_THROW(static_cast<void>(connections.acquire()), dsql::server_error);
    EXPECT_EQ(connections.stat().total_connections, 0);
}

TEST(PoolHooks, AStalledPrepareConnectionEndsWithTheAcquire) {
    pool connections(endpoint_under_test(),
                     {.acquire_timeout = 1s, .prepare_connection = [](connection& session) {
                          session.execute("SELECT pg_sleep(3600)");
                          return prepare_action::use;
                      }});
    EXPECT_THROW(static_cast<void>(connections.acquire()), dsql::timeout_error);
}

TEST(PoolHooks, AfterReleaseKeepsOrDrops) {
    std::atomic<bool> keep = true;
    std::atomic<int> asked = 0;
    pool connections(endpoint_under_test(),
                     {.max_connections = 1, .after_release = [&](connection& session) {
                          ++asked;
                          session.execute("RESET search_path");
                          return keep.load();
                      }});
    int first = 0;
    {
        const auto acquired = connections.acquire();
        first = backend_of(*acquired);
        acquired->execute("SET search_path = elsewhere");
    }
    EXPECT_EQ(connections.query_value<std::string>("SHOW search_path"), "\"$user\", public");
    EXPECT_EQ(backend_of(*connections.acquire()), first);
    keep = false;
    static_cast<void>(connections.acquire());
    EXPECT_EQ(connections.stat().total_connections, 0);
    EXPECT_EQ(asked, 4);
    {
        const auto acquired = connections.acquire();
        acquired->execute("BEGIN");
    }
    EXPECT_EQ(asked, 4) << "one that cannot be kept is not asked about";
}

TEST(PoolHooks, AnExceptionOfAfterReleaseDropsTheConnection) {
    pool connections(endpoint_under_test(), {.after_release = [](connection&) -> bool {
                         throw std::runtime_error("no");
                     }});
    static_cast<void>(connections.acquire());
    EXPECT_EQ(connections.stat().total_connections, 0);
}

TEST(PoolHooks, BeforeCloseRunsForClosedAndNotForHijackedConnections) {
    std::atomic<int> closed = 0;
    {
        pool connections(endpoint_under_test(),
                         {.max_connections = 2, .before_close = [&](connection& session) {
                              EXPECT_EQ(session.query_value<int>("SELECT 1"), 1);
                              ++closed;
                              throw std::runtime_error("ignored");
                          }});
        auto acquired = connections.acquire();
        connections.ping();
        static_cast<void>(acquired.hijack());
        EXPECT_EQ(closed, 0);
    }
    EXPECT_EQ(closed, 1);
}

TEST(PoolHooks, AHookThatLeavesItsConnectionUnusableIsAnError) {
    pool moving(endpoint_under_test(), {.prepare_connection = [](connection& session) {
                    const connection gone = std::move(session);
                    return prepare_action::use;
                }});
    EXPECT_NE(thrown_message<dsql::error>([&] {
                  return moving.acquire();
              }).find("prepare_connection left"),
              std::string::npos);
    pool beginning(endpoint_under_test(), {.prepare_connection = [](connection& session) {
                       session.execute("BEGIN");
                       return prepare_action::use;
                   }});
    EXPECT_THROW(static_cast<void>(beginning.acquire()), dsql::error);
    pool emptying(endpoint_under_test(), {.after_connect = [](connection& session) {
                      const connection gone = std::move(session);
                  }});
    EXPECT_THROW(static_cast<void>(emptying.acquire()), dsql::error);
    EXPECT_EQ(moving.stat().acquire_count + beginning.stat().acquire_count, 0);
}

TEST(PoolHooks, AHookMayReplaceTheHandleOfItsConnection) {
    pool connections(endpoint_under_test(), {.after_connect = [](connection& session) {
                         session = connection::adopt(session.release());
                     }});
    EXPECT_EQ(connections.query_value<int>("SELECT 1"), 1);
}

TEST(PoolHooks, StatementsOfReleaseAndCloseHooksEndAfterASecond) {
    pool connections(endpoint_under_test(), {.max_connections = 1,
                                             .after_release =
                                                 [](connection& session) {
                                                     session.execute("SELECT pg_sleep(3600)");
                                                     return true;
                                                 },
                                             .before_close =
                                                 [](connection& session) {
                                                     session.execute("SELECT pg_sleep(3600)");
                                                 }});
    static_cast<void>(connections.acquire());
    EXPECT_EQ(connections.stat().total_connections, 0);
    connections.warm_up(1, 30s);
    connections.close();
}

TEST(PoolHooks, APassedLimitBeforeThePingKeepsTheConnections) {
    pool pinging(
        endpoint_under_test(),
        {.max_connections = 3, .liveness = dsql::liveness_check::ping, .ping_after_idle = 0ms});
    pinging.warm_up(3, 30s);
    EXPECT_THROW(static_cast<void>(pinging.acquire(dsql::within{0ms})), dsql::timeout_error);
    EXPECT_EQ(pinging.stat().idle_connections, 3);
    EXPECT_EQ(pinging.stat().liveness_failures, 0);
    EXPECT_EQ(pinging.stat().acquire_count, 0);
}

// Cuts a connection as a network failure does.
void cut(connection& session) {
    shutdown(PQsocket(session.native_handle()), SHUT_RDWR);
}

TEST(PoolHooks, PingFindsDeadConnectionsThatTheSocketDoesNotShow) {
    dsql::config settings = endpoint_under_test();
    pool pinging(
        settings,
        {.max_connections = 1, .liveness = dsql::liveness_check::ping, .ping_after_idle = 0ms});
    {
        const auto acquired = pinging.acquire();
        cut(*acquired);
    }
    EXPECT_EQ(pinging.query_value<int>("SELECT 1"), 1);
    EXPECT_EQ(pinging.stat().liveness_failures, 1);
}

TEST(PoolHooks, WithoutALivenessCheckTheStatementFails) {
    pool trusting(endpoint_under_test(),
                  {.max_connections = 1, .liveness = dsql::liveness_check::none});
    {
        const auto acquired = trusting.acquire();
        cut(*acquired);
    }
    EXPECT_THROW(static_cast<void>(trusting.query_value<int>("SELECT 1")), dsql::connection_error);
    EXPECT_EQ(trusting.query_value<int>("SELECT 1"), 1) << "it was removed";
}

}  // namespace pool_hooks_test
