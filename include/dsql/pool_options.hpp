// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>

namespace dsql {

class connection;

/// How a pool keeps its connections. A plain value, checked when the pool is made.
struct pool_options {
    /// Most connections at any time. 0 (default): the larger of 4 and the number of cores.
    /// Not negative.
    int max_connections = 0;
    /// Connections the maintenance thread keeps open even when idle. Default 0; at most
    /// `max_connections`.
    int min_connections = 0;
    /// Age at which a connection is replaced. Default 55 min, because DSQL closes connections at 60
    /// without a word. More than zero.
    std::chrono::milliseconds max_lifetime = std::chrono::minutes(55);
    /// Each connection's lifetime is shortened by a random share of up to this much, so that a pool
    /// does not die all at once. Default 0.10; 0 switches it off; less than 1.
    double lifetime_jitter = 0.10;
    /// Idle time after which a connection above `min_connections` is closed. Default 10 min; more
    /// than zero.
    std::chrono::milliseconds max_idle_time = std::chrono::minutes(10);
    /// How often the maintenance thread looks for connections that are too old, idle for too long
    /// or hung up by the server, and for missing ones. Default 1 min; more than zero.
    std::chrono::milliseconds health_check_period = std::chrono::minutes(1);
    /// How long `acquire` waits for a connection, connecting and `after_connect` included; a
    /// credentials provider is not interrupted. Default 30 s; more than zero.
    std::chrono::milliseconds acquire_timeout = std::chrono::seconds(30);
    /// Called with each new connection before its first use, on the thread that connected: for
    /// `SET search_path` and the like. What it throws fails that connect. Its statements end with
    /// the acquire they are for. Called from several threads at once. Default: none.
    std::function<void(connection&)> after_connect{};
};

}  // namespace dsql
