// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/source_location.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace dsql {

class connection;

/// How an idle connection is looked at before it is handed out.
enum class liveness_check {
    none,     ///< not at all
    passive,  ///< what was idle for half a second or more: whether the server has hung up, by a
              ///< look at the socket, which sends nothing
    ping      ///< passive, and a round trip to the server for what was idle for `ping_after_idle`
};

/// What becomes of a connection that `pool_options::prepare_connection` has looked at.
enum class prepare_action {
    use,      ///< it is handed out
    replace,  ///< it is closed, and another one is taken; after a new one there is a pause, from
              ///< 10 ms doubling to 1 s
    fail      ///< it goes back, and the acquire fails with an `error`
};

/// What `pool_options::before_connect` may change. A plain value.
struct connect_settings {
    std::string user{};              ///< see `config::user`
    std::string database{};          ///< see `config::database`
    std::string application_name{};  ///< printable ASCII, at most 64 characters
    std::string search_path{};       ///< see `config::search_path`
};

/// A connection that has been out for longer than `pool_options::leak_threshold`. A plain value.
struct leak_report {
    source_location where{};           ///< the call that acquired it
    std::chrono::milliseconds held{};  ///< for how long it has been out
};

/// How a pool keeps its connections. A plain value, checked when the pool is made.
///
/// Hooks are called from several threads at once and without any lock held. The rules for each of
/// them, and for an observer, about the pool that calls it:
///
/// - It may read `stat`, and call `reset`.
/// - It may acquire only what is idle. Where an acquire or `warm_up` would have to wait, that
/// throws
///   `error`, because the pool may be waiting for the hook.
/// - It may close the pool or destroy it. Neither waits for the pool's threads then, nor for
///   connections that are still out: they end by themselves.
struct pool_options {
    /// Most connections at any time, at least 1. Not set: the larger of 4 and the number of cores.
    /// The replacement of one that ends soon is connected beyond this; it is handed
    /// out in its place, not beside it.
    std::optional<int> max_connections{};
    /// Connections kept open even when idle. Default 0; at most `max_connections`.
    int min_connections = 0;
    /// Idle connections kept ready beyond those on loan, as far as `max_connections` allows.
    /// Default 0; at most `max_connections`.
    int min_idle_connections = 0;
    /// Age at which a connection is replaced. Default 55 min, because DSQL closes connections at 60
    /// without a word. More than zero. From 1 s on a replacement is connected when nine tenths of
    /// it, or all but 30 s, have passed, so that there is always one.
    std::chrono::milliseconds max_lifetime = std::chrono::minutes(55);
    /// Each connection's lifetime is shortened by a random share of up to this much, so that a pool
    /// does not die all at once. Default 0.10; 0 switches it off; less than 1.
    double lifetime_jitter = 0.10;
    /// Idle time after which a connection above the minimum is closed. Default 10 min; more than
    /// zero.
    std::chrono::milliseconds max_idle_time = std::chrono::minutes(10);
    /// How often the maintenance thread looks for connections that are idle for too long or hung up
    /// by the server, and for missing ones, when nothing else tells it to. Default 1 min; more than
    /// zero.
    std::chrono::milliseconds health_check_period = std::chrono::minutes(1);
    /// How long `acquire` waits for a connection. Default 30 s; more than zero.
    std::chrono::milliseconds acquire_timeout = std::chrono::seconds(30);
    /// Callers that may wait at once, beyond those for whom a connection can still be made; one
    /// more gets a `pool_exhausted_error`. Not negative; 0: nobody waits. Not set: any number.
    std::optional<int> max_waiters{};
    /// Connects under way at once, each on a thread of its own while it lasts. Default 8; at
    /// least 1.
    int max_concurrent_connects = 8;
    /// New connections a second to the cluster by all pools of this process together: pools that
    /// disagree go by the lowest. Default 100, which is DSQL's limit for a cluster; 0: as many as
    /// may be. Source: Aurora DSQL User Guide, "Cluster quotas".
    double connection_rate = 100;
    /// How many may come at once after a quiet time; a tenth of it is kept in reserve. Default
    /// 1 000, as DSQL's; at least 1.
    int connection_burst = 1000;
    /// How an idle connection is looked at before it is handed out.
    liveness_check liveness = liveness_check::passive;
    /// The idle time from which `liveness_check::ping` pings. Default 1 s; not negative.
    std::chrono::milliseconds ping_after_idle = std::chrono::seconds(1);
    /// A connection that is out for longer is reported to `on_leak`, once. 0 (default): never.
    /// Looked for as often as this and at least every `health_check_period`.
    std::chrono::milliseconds leak_threshold{};
    /// Undoes, when a connection comes back, what statements of its user have set for the session:
    /// the settings, by RESET ALL, the role, by RESET ROLE, the notice handler and the trace. What
    /// `after_connect` had set is set again. Costs a round trip at each release and one at each
    /// connect. Runs after `after_release`; takes a second at most, and where it fails the
    /// connection is closed. Prepared statements are kept. Default false: settings stay, and the
    /// next user has them too. Source: PostgreSQL, "RESET"; DSQL has no DISCARD.
    bool reset_session_state = false;
    /// Called ahead of each connect, on a thread of the pool's; what it throws, whatever its type,
    /// fails that connect for good and is thrown by an acquire that waits for it.
    std::function<void(connect_settings&)> before_connect{};
    /// Called with each new connection before its first use, on a thread of the pool's: for
    /// `SET search_path` and the like. What it throws, whatever its type, fails that connect for
    /// good and is thrown by an acquire that waits for it; so a statement that a change of schema
    /// elsewhere may refuse (OC001) is run by `execute_with_retry`. Its statements end after the
    /// config's `connect_timeout`, and when the pool is closed.
    std::function<void(connection&)> after_connect{};
    /// Called with a connection that is about to be handed out, by `acquire` on its caller's
    /// thread; its statements are within the acquire's limits. What it throws closes the connection
    /// and is thrown by the acquire. Not called for `acquire_all_idle`.
    std::function<prepare_action(connection&)> prepare_connection{};
    /// Called with a usable connection that comes back, on the thread that gives it back: true
    /// keeps it. One that is not idle afterwards, and what it throws, closes the connection. Its
    /// statements may take a second together. Like `before_close` it is also called for a
    /// connection that outlives the pool.
    std::function<bool(connection&)> after_release{};
    /// Called with an open connection that is about to be closed, on the thread that closes it.
    /// What it throws is ignored. Its statements may take a second together.
    std::function<void(connection&)> before_close{};
    /// Told of leaks until the pool is closed, on the maintenance thread; what it throws is
    /// ignored. Required with `leak_threshold`.
    std::function<void(const leak_report&)> on_leak{};
};

}  // namespace dsql
