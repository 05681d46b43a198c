// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/source_location.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace dsql {

class connection;

/// How an idle connection is checked before `acquire` returns it.
enum class liveness_check {
    none,     ///< not at all
    passive,  ///< after half a second of idle time, checks whether the server has closed the
              ///< connection; reads the socket and sends nothing
    ping      ///< passive, and after `ping_after_idle` also a round trip to the server
};

/// What to do with a connection that `pool_options::prepare_connection` has checked.
enum class prepare_action {
    use,      ///< `acquire` returns it
    replace,  ///< it is closed, and `acquire` takes another one; if it was new, after a pause that
              ///< doubles from 10 ms to 1 s
    fail      ///< it stays in the pool, and `acquire` throws `error`
};

/// What `pool_options::before_connect` may change. A plain value.
struct connect_settings {
    std::string user{};              ///< see `config::user`
    std::string database{};          ///< see `config::database`
    std::string application_name{};  ///< printable ASCII, at most 64 characters
    std::string search_path{};       ///< see `config::search_path`
};

/// A connection that has been in use for longer than `pool_options::leak_threshold`. A plain value.
struct leak_report {
    source_location where{};           ///< the call that acquired it
    std::chrono::milliseconds held{};  ///< how long it has been in use
};

/// How a pool keeps its connections. A plain value, checked when the pool is made.
///
/// Hooks are called from several threads at once and without any lock held. The rules for each of
/// them, and for an observer, about the pool that calls it:
///
/// - It may read `stat`, and call `reset`.
/// - It may acquire only idle connections. An acquire or `warm_up` that would have to wait throws
///   `error`, because the pool may be waiting for the hook.
/// - It may close the pool or destroy it. Neither then waits for the pool's threads or for
///   connections in use, which end by themselves.
struct pool_options {
    /// Most connections at any time, at least 1. Not set: the larger of 4 and the number of cores.
    /// The replacement of a connection that ends soon does not count, because it is used only after
    /// that one.
    std::optional<int> max_connections{};
    /// Connections kept open even when idle. Default 0; at most `max_connections`.
    int min_connections = 0;
    /// Idle connections kept ready in addition to those in use, as far as `max_connections` allows.
    /// Default 0; at most `max_connections`.
    int min_idle_connections = 0;
    /// Age at which a connection is replaced. Default 55 min, because DSQL closes connections after
    /// 60 min without notice. More than zero. If it is at least 1 s, the replacement is connected
    /// when nine tenths of it, or all but 30 s, have passed, so that a connection is always
    /// available.
    std::chrono::milliseconds max_lifetime = std::chrono::minutes(55);
    /// Each connection's lifetime is shortened by a random share of up to this much, so that they
    /// do not all end at the same time. Default 0.10; 0 switches it off; less than 1.
    double lifetime_jitter = 0.10;
    /// Idle time after which a connection above the minimum is closed. Default 10 min; more than
    /// zero.
    std::chrono::milliseconds max_idle_time = std::chrono::minutes(10);
    /// How often the maintenance thread looks for connections that were idle for too long or that
    /// the server has closed, and for missing ones, if nothing wakes it earlier. Default 1 min;
    /// more than zero.
    std::chrono::milliseconds health_check_period = std::chrono::minutes(1);
    /// How long `acquire` waits for a connection. Default 30 s; more than zero.
    std::chrono::milliseconds acquire_timeout = std::chrono::seconds(30);
    /// How many callers may wait at the same time, in addition to those for whom a connection can
    /// still be made. One more gets a `pool_exhausted_error`. Not negative; 0: no caller waits. Not
    /// set: any number.
    std::optional<int> max_waiters{};
    /// How many connects may run at the same time, each on a separate thread. Default 8; at least
    /// 1.
    int max_concurrent_connects = 8;
    /// How many new connections per second all pools of this process together may open to the
    /// cluster. If the pools disagree, the lowest rate applies. Default 100, which is DSQL's limit
    /// for a cluster, and right for any number of processes: they slow down together when the
    /// cluster refuses connects. 0: no limit and no such slowing down. Source: Aurora DSQL User
    /// Guide, "Cluster quotas".
    double connection_rate = 100;
    /// How many connections may be opened at once after a quiet time; a tenth of it is kept in
    /// reserve. Default 1 000, as in DSQL; at least 1.
    int connection_burst = 1000;
    /// How an idle connection is checked before `acquire` returns it.
    liveness_check liveness = liveness_check::passive;
    /// The idle time from which `liveness_check::ping` pings. Default 1 s; not negative.
    std::chrono::milliseconds ping_after_idle = std::chrono::seconds(1);
    /// A connection that is in use for longer is reported to `on_leak`, once. 0 (default): never.
    /// Checked at this interval, and at least every `health_check_period`.
    std::chrono::milliseconds leak_threshold{};
    /// Whether a returned connection is reset: its settings (RESET ALL), its role (RESET ROLE), its
    /// notice handler and its trace. What `after_connect` had set is set again. Costs a round trip
    /// at each release and one at each connect. Runs after `after_release`; takes a second at most,
    /// and where it fails the connection is closed. Prepared statements are kept. Default false:
    /// settings stay, and the next user has them too. Source: PostgreSQL, "RESET"; DSQL has no
    /// DISCARD.
    bool reset_session_state = false;
    /// Called before each connect, on a thread of the pool. If it throws, the connect fails without
    /// a retry, and an acquire that waits for it throws the same exception.
    std::function<void(connect_settings&)> before_connect{};
    /// Called with each new connection before its first use, on a thread of the pool, for
    /// statements such as `SET search_path`. If it throws, the connect fails without a retry, and
    /// an acquire that waits for it throws the same exception. So use `execute_with_retry` for a
    /// statement that may conflict with a change of the schema (OC001). Its statements end after
    /// the config's `connect_timeout`, and when the pool is closed.
    std::function<void(connection&)> after_connect{};
    /// Called by `acquire`, on its caller's thread, with the connection that it is about to return.
    /// Its statements are within the acquire's limits. What it throws closes the connection and is
    /// thrown by the acquire. Not called for `acquire_all_idle`.
    std::function<prepare_action(connection&)> prepare_connection{};
    /// Called with a usable connection that is returned, on the thread that returns it. True keeps
    /// the connection. It is closed if it is not idle afterwards or the hook throws. Its statements
    /// may take a second together. Like `before_close` it is also called for a connection that
    /// outlives the pool.
    std::function<bool(connection&)> after_release{};
    /// Called with an open connection that is about to be closed, on the thread that closes it.
    /// What it throws is ignored. Its statements may take a second together.
    std::function<void(connection&)> before_close{};
    /// Called with each leak until the pool is closed, on the maintenance thread; what it throws is
    /// ignored. Required with `leak_threshold`.
    std::function<void(const leak_report&)> on_leak{};
};

}  // namespace dsql
