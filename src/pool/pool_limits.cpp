// SPDX-License-Identifier: Apache-2.0
#include "pool/pool_limits.hpp"

#include <dsql/error.hpp>

#include <algorithm>
#include <string>
#include <thread>

namespace dsql::detail {

namespace {

using std::chrono::milliseconds;

// 200 years: longer than any real limit, and short enough for the clocks to represent.
constexpr milliseconds longest_limit = std::chrono::years(200);

// Ten times the default quota of a DSQL cluster.
constexpr int most_connections = 100'000;

// The default of pgxpool: one connection per processor, and at least four.
int default_max_connections() {
    return std::max(4, static_cast<int>(std::thread::hardware_concurrency()));
}

milliseconds checked(milliseconds value, const char* name) {
    if (value <= milliseconds(0)) {
        throw config_error(std::string("pool_options: ") + name +
                           " must be more than zero, it is " + std::to_string(value.count()) +
                           " ms");
    }
    return std::min(value, longest_limit);
}

void refuse(const std::string& what) {
    throw config_error("pool_options: " + what);
}

void check_not_negative(long long value, const char* name, const char* zero_means) {
    if (value < 0) {
        refuse(std::string(name) + " is negative; 0 is " + zero_means);
    }
}

void check_at_least_one(int value, const char* name) {
    if (value < 1) {
        refuse(std::string(name) + " must be at least 1, it is " + std::to_string(value));
    }
}

void check_minimum(int value, const char* name, int most) {
    check_not_negative(value, name, "none");
    if (value > most) {
        refuse(std::string(name) + " is " + std::to_string(value) +
               ", more than max_connections, which is " + std::to_string(most));
    }
}

void check_options(const pool_options& options) {
    check_at_least_one(options.max_connections.value_or(1), "max_connections");
    if (options.max_connections > most_connections) {
        refuse("max_connections is " + std::to_string(*options.max_connections) +
               "; at most 100000 make sense");
    }
    if (!(options.lifetime_jitter >= 0 && options.lifetime_jitter < 1)) {
        refuse("lifetime_jitter must be from 0 to below 1");
    }
    check_not_negative(options.max_waiters.value_or(0), "max_waiters", "that nobody waits");
    check_at_least_one(options.max_concurrent_connects, "max_concurrent_connects");
    if (!(options.connection_rate >= 0 && options.connection_rate <= 1e9)) {
        refuse("connection_rate must be from 0, which is any rate, to 1e9 a second");
    }
    check_at_least_one(options.connection_burst, "connection_burst");
    check_not_negative(options.ping_after_idle.count(), "ping_after_idle", "always");
    check_not_negative(options.leak_threshold.count(), "leak_threshold", "never");
    if (options.leak_threshold.count() > 0 && !options.on_leak) {
        refuse("leak_threshold needs on_leak, which is told of leaks");
    }
}

}  // namespace

pool_limits checked_limits(const pool_options& options) {
    check_options(options);
    const pool_limits limits{
        .max_connections =
            options.max_connections ? *options.max_connections : default_max_connections(),
        .min_connections = options.min_connections,
        .min_idle_connections = options.min_idle_connections,
        .max_lifetime = checked(options.max_lifetime, "max_lifetime"),
        .lifetime_jitter = options.lifetime_jitter,
        .max_idle_time = checked(options.max_idle_time, "max_idle_time"),
        .health_check_period = checked(options.health_check_period, "health_check_period"),
        .acquire_timeout = checked(options.acquire_timeout, "acquire_timeout"),
        .max_waiters = options.max_waiters,
        .max_concurrent_connects = options.max_concurrent_connects,
        .passive_check = options.liveness != liveness_check::none,
        .leak_threshold = std::min(options.leak_threshold, longest_limit)};
    check_minimum(limits.min_connections, "min_connections", limits.max_connections);
    check_minimum(limits.min_idle_connections, "min_idle_connections", limits.max_connections);
    return limits;
}

}  // namespace dsql::detail
