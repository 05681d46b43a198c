// SPDX-License-Identifier: Apache-2.0
#include "pool/limits.hpp"

#include <dsql/error.hpp>

#include <algorithm>
#include <string>
#include <thread>

namespace dsql::detail {

namespace {

using std::chrono::milliseconds;

// Two hundred years: far beyond every use, and far within what the clocks can count.
constexpr milliseconds longest = std::chrono::years(200);

// Ten times what a DSQL cluster takes.
constexpr int most_connections = 100'000;

// pgxpool's default: enough for small machines, one a core for large ones.
int default_max_connections() {
    return std::max(4, static_cast<int>(std::thread::hardware_concurrency()));
}

milliseconds checked(milliseconds value, const char* name) {
    if (value <= milliseconds(0)) {
        throw config_error(std::string("pool_options: ") + name +
                           " must be more than zero, it is " + std::to_string(value.count()) +
                           " ms");
    }
    return std::min(value, longest);
}

void check_counts(const pool_limits& limits) {
    if (limits.min_connections < 0) {
        throw config_error("pool_options: min_connections is negative");
    }
    if (limits.min_connections > limits.max_connections) {
        throw config_error(
            "pool_options: min_connections is " + std::to_string(limits.min_connections) +
            ", more than max_connections, which is " + std::to_string(limits.max_connections));
    }
}

}  // namespace

pool_limits checked_limits(const pool_options& options) {
    if (options.max_connections > most_connections) {
        throw config_error("pool_options: max_connections is " +
                           std::to_string(options.max_connections) + "; at most 100000 make sense");
    }
    if (options.max_connections < 0) {
        throw config_error("pool_options: max_connections is negative; 0 is the default");
    }
    if (!(options.lifetime_jitter >= 0 && options.lifetime_jitter < 1)) {
        throw config_error("pool_options: lifetime_jitter must be from 0 to below 1");
    }
    const pool_limits limits{
        .max_connections =
            options.max_connections == 0 ? default_max_connections() : options.max_connections,
        .min_connections = options.min_connections,
        .max_lifetime = checked(options.max_lifetime, "max_lifetime"),
        .lifetime_jitter = options.lifetime_jitter,
        .max_idle_time = checked(options.max_idle_time, "max_idle_time"),
        .health_check_period = checked(options.health_check_period, "health_check_period"),
        .acquire_timeout = checked(options.acquire_timeout, "acquire_timeout")};
    check_counts(limits);
    return limits;
}

}  // namespace dsql::detail
