// SPDX-License-Identifier: Apache-2.0
#include "pool/pool_limits.hpp"

#include <dsql/error.hpp>

#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <thread>

namespace pool_limits_test {

using dsql::config_error;
using dsql::pool_options;
using dsql::detail::checked_limits;
using namespace std::chrono_literals;

TEST(PoolLimits, DefaultsAreTheDocumentedOnes) {
    const auto limits = checked_limits({});
    EXPECT_EQ(limits.max_connections,
              std::max(4, static_cast<int>(std::thread::hardware_concurrency())));
    EXPECT_EQ(limits.min_connections, 0);
    EXPECT_EQ(limits.max_lifetime, 55min);
    EXPECT_DOUBLE_EQ(limits.lifetime_jitter, 0.1);
    EXPECT_EQ(limits.max_idle_time, 10min);
    EXPECT_EQ(limits.acquire_timeout, 30s);
    EXPECT_EQ(pool_options().health_check_period, 1min);
}

TEST(PoolLimits, UnsetOptionsAreDistinctFromZero) {
    EXPECT_FALSE(checked_limits({}).max_waiters);
    EXPECT_EQ(checked_limits({.max_waiters = 0}).max_waiters, 0);
    EXPECT_EQ(checked_limits({.max_connections = 1}).max_connections, 1);
    EXPECT_THROW(static_cast<void>(checked_limits({.max_connections = 0})), config_error);
    EXPECT_EQ(checked_limits({.max_connections = 100'000}).max_connections, 100'000);
    EXPECT_NE(thrown_message<config_error>([] {
                  return checked_limits({.max_connections = 100'001});
              }).find("max_connections is 100001; at most 100000 make sense"),
              std::string::npos);
}

TEST(PoolLimits, ErrorsNameTheOption) {
    const auto message = [](const pool_options& options) {
        return thrown_message<config_error>([&] { return checked_limits(options); });
    };
    EXPECT_NE(message({.max_connections = -1}).find("max_connections"), std::string::npos);
    EXPECT_NE(message({.min_connections = -1}).find("min_connections"), std::string::npos);
    EXPECT_NE(message({.max_connections = 2, .min_connections = 3}).find("more than max"),
              std::string::npos);
    EXPECT_NE(message({.max_connections = 2, .min_idle_connections = 3})
                  .find("min_idle_connections is 3, more than max"),
              std::string::npos);
    EXPECT_NE(message({.max_waiters = -1}).find("max_waiters"), std::string::npos);
    EXPECT_NE(message({.max_concurrent_connects = 0}).find("max_concurrent_connects"),
              std::string::npos);
    EXPECT_NE(message({.connection_rate = -1}).find("connection_rate"), std::string::npos);
    EXPECT_NE(message({.connection_burst = 0}).find("connection_burst"), std::string::npos);
    EXPECT_NE(message({.ping_after_idle = -1ms}).find("ping_after_idle"), std::string::npos);
    EXPECT_NE(message({.leak_threshold = 1s}).find("needs on_leak"), std::string::npos);
    EXPECT_NE(message({.max_lifetime = 0ms}).find("max_lifetime"), std::string::npos);
    EXPECT_NE(message({.max_idle_time = -1ms}).find("max_idle_time"), std::string::npos);
    EXPECT_NE(message({.health_check_period = 0ms}).find("health_check_period"), std::string::npos);
    EXPECT_NE(message({.acquire_timeout = 0ms}).find("acquire_timeout"), std::string::npos);
    for (const double jitter : {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
        EXPECT_NE(message({.lifetime_jitter = jitter}).find("lifetime_jitter"), std::string::npos);
    }
}

TEST(PoolLimits, TheLongestTimesDoNotOverflow) {
    const auto limits = checked_limits({.health_check_period = std::chrono::milliseconds::max(),
                                        .acquire_timeout = std::chrono::milliseconds::max()});
    EXPECT_LT(limits.health_check_period, std::chrono::years(1000));
    EXPECT_GT(std::chrono::steady_clock::now() + limits.acquire_timeout,
              std::chrono::steady_clock::now());
}

}  // namespace pool_limits_test
