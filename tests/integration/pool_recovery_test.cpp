// SPDX-License-Identifier: Apache-2.0
// A pool recovers when an endpoint goes away and comes back, when access keys change, when the
// server rejects a token as expired, and when it opens connections faster than the cluster accepts
// them.
#include <dsql/dsql.hpp>

#include "support/await.hpp"
#include "support/restartable_endpoint.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace pool_recovery_test {

using dsql::pool;
using namespace std::chrono_literals;

// How many connects the endpoint had rejected because of its rate when this session began.
int rejected_before(dsql::connection& session) {
    return std::stoi(session.query_value<std::string>("SHOW dsql_local.rate_refusals"));
}

// Counts retries by their operation.
class retry_counter : public dsql::observer {
public:
    void retrying(const dsql::retry_event& event) noexcept override {
        ++(event.operation == dsql::retried_operation::login ? logins : connects);
    }

    std::atomic<int> logins = 0;
    std::atomic<int> connects = 0;
};

TEST(PoolRecovery, WaitersAreServedWhenTheEndpointComesBack) {
    restartable_endpoint endpoint;
    pool connections(endpoint.settings(), {.max_connections = 2});
    connections.warm_up(2, 30s);
    endpoint.stop(true);
    auto waiting = std::async(std::launch::async, [&] {
        while (true) {
            try {
                return connections.query_value<int>("SELECT 42");
            } catch (const dsql::connection_error&) {
                continue;  // the pool does not check connections that were in use recently
            }
        }
    });
    await([&] { return connections.stat().connect_errors > 2; });
    endpoint.start();
    EXPECT_EQ(waiting.get(), 42);
}

TEST(PoolRecovery, AnAcquireTimeoutHasTheConnectError) {
    restartable_endpoint endpoint;
    pool connections(endpoint.settings());
    endpoint.stop();
    try {
        static_cast<void>(connections.acquire(dsql::within{500ms}));
        FAIL() << "there is nobody to connect to";
    } catch (const dsql::timeout_error& failure) {
        const std::string message = failure.what();
        EXPECT_NE(message.find("constructing 1"), std::string::npos) << message;
        EXPECT_NE(message.find("last connect failure: connecting failed (tcp)"), std::string::npos)
            << message;
    }
}

TEST(PoolRecovery, ChangedKeysAreUsedAfterOneRejection) {
    restartable_endpoint endpoint;
    pool connections(endpoint.settings());
    EXPECT_EQ(connections.query_value<int>("SELECT 1"), 1);
    endpoint.rotate_keys();
    EXPECT_EQ(connections.query_value<int>("SELECT 1"), 1) << "what is open stays so";
    connections.reset();
    EXPECT_THROW(connections.ping(), dsql::connection_error);
    connections.ping();
    EXPECT_EQ(connections.stat().token_refreshes, 2);
}

// The server's clock is three seconds ahead, so a token with a lifetime of five seconds is valid
// for two. The client caches it for four.
TEST(PoolRecovery, AnExpiredTokenIsRenewedOnce) {
    restartable_endpoint endpoint({"--time-offset", "3"});
    const auto retries = std::make_shared<retry_counter>();
    dsql::config settings = endpoint.settings();
    settings.observer = retries;
    settings.token_duration = 5s;
    pool connections(settings, {.max_connections = 1});
    await([&] {
        connections.reset();
        connections.ping();
        return retries->logins > 0;
    });
    EXPECT_EQ(connections.stat().connect_errors, 0) << "nobody noticed";
}

TEST(PoolRecovery, ATokenThatIsExpiredTwiceIsAnError) {
    restartable_endpoint endpoint({"--time-offset", "1000"});
    const auto retries = std::make_shared<retry_counter>();
    dsql::config settings = endpoint.settings();
    settings.observer = retries;
    pool connections(settings, {.max_connections = 1});
    try {
        connections.ping();
        FAIL() << "the token is older than it may be";
    } catch (const dsql::connection_error& failure) {
        EXPECT_EQ(failure.phase(), dsql::connection_phase::auth);
        EXPECT_NE(failure.hint().find("Signature expired"), std::string::npos);
    }
    EXPECT_EQ(retries->logins, 1);
    EXPECT_EQ(retries->connects, 0);
}

TEST(PoolRecovery, ConnectsAboveTheRateAreRetried) {
    restartable_endpoint endpoint({"--connection-rate", "20", "--connection-burst", "5"});
    pool connections(endpoint.settings(), {.max_connections = 30, .connection_rate = 0});
    connections.warm_up(30, 60s);
    EXPECT_EQ(connections.stat().idle_connections, 30);
    EXPECT_GT(connections.stat().connect_errors, 0);
    int rejected = 0;  // as reported by the session that began last
    for (auto& session : connections.acquire_all_idle()) {
        rejected = std::max(rejected, rejected_before(*session));
    }
    EXPECT_GT(rejected, 0);
}

TEST(PoolRecovery, AThousandConnectsStayBelowTheRate) {
    constexpr int callers = 1000;
    restartable_endpoint endpoint(
        {"--connection-rate", "100", "--connection-burst", "600", "--login-timeout", "60"});
    dsql::config settings = endpoint.settings();
    settings.connect_timeout = 60s;  // a thousand processes start on a busy machine
    pool connections(settings, {.max_connections = callers,
                                .acquire_timeout = 300s,
                                .connection_rate = 100,
                                .connection_burst = 600});
    std::latch together(callers);
    std::atomic<int> served = 0;
    std::latch all_served(callers);
    {
        std::vector<std::jthread> threads;
        threads.reserve(callers);
        for (int i = 0; i < callers; ++i) {
            threads.emplace_back([&] {
                together.arrive_and_wait();
                const dsql::pooled_connection held = connections.acquire();
                ++served;
                all_served.arrive_and_wait();
            });
        }
    }
    const dsql::pool_stat stat = connections.stat();
    EXPECT_EQ(served, callers);
    EXPECT_EQ(stat.total_connections, callers);
    EXPECT_EQ(stat.connect_errors, 0);
    connections.close();
    dsql::connection last = dsql::connect(settings);
    EXPECT_EQ(rejected_before(last), 0);
}

}  // namespace pool_recovery_test
