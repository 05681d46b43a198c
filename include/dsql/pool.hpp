// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/bulk_functions.hpp>
#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/export.hpp>
#include <dsql/observer.hpp>
#include <dsql/pool_options.hpp>
#include <dsql/pool_stat.hpp>
#include <dsql/pooled_connection.hpp>

#include <chrono>
#include <memory>
#include <string_view>
#include <vector>

namespace dsql {

/// A pool of connections to one cluster. Safe from any thread. In a child process after `fork` it
/// refuses to work, and leaves the parent's connections alone. It may have static lifetime: a pool
/// that still exists when `exit` shuts OpenSSL down is closed before that, and throws `error` from
/// then on.
///
/// `query`, `execute` and the rest of `query_functions` acquire a connection, run the statement and
/// give the connection back. A limit counts for both together. What `stream`, `copy_in` and the
/// rest of `bulk_functions` return, and a transaction from `begin`, keeps its connection until it
/// has ended. Prepared statements belong to a connection, not to a pool.
///
/// Connections are made when they are needed, each on a thread that ends afterwards, and go to the
/// caller that has waited longest. Other callers can overtake a waiting one for a few milliseconds
/// at most. Transient connect errors (the network, a server that restarts, DSQL's "waking up") are
/// retried with growing pauses of up to a second as long as a caller waits, and refusals because of
/// the cluster's quotas ("rate exceeded", "too many open connections") with pauses of up to 12 s. A
/// permanent error fails the acquire at once. Tokens are signed once and reused until 80 % of their
/// life.
class DSQL_EXPORT pool : public query_functions<pool>, public bulk_functions<pool> {
public:
    /// Makes a pool. Waits for no connection; the minimum is connected in the background. Throws
    /// `config_error` for settings or options that cannot be used, and `credentials_error` for
    /// shared AWS files that cannot be read.
    explicit pool(const config& settings, const pool_options& options = {});
    /// Makes a pool from a connection string. @see parse_connection_string, pool(const config&,
    /// const pool_options&)
    explicit pool(std::string_view connection_string, const pool_options& options = {});
    /// Closes the pool; see `close`.
    ~pool();
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    /// Returns a connection: an idle one, otherwise the first that is returned or made. `limits`
    /// apply in addition to `acquire_timeout`. A deadline limits the wait only: `within{0ms}` takes
    /// an idle connection or none.
    ///
    /// Throws `timeout_error` after `acquire_timeout` or at the deadline, with the pool's counts
    /// and the last connect error; `cancelled_error` when stopped, also where a connection is idle;
    /// `pool_exhausted_error` when `max_waiters` wait already; `pool_closed_error`; and, when a
    /// connection cannot be made for a reason that will not pass, what `connect` and the hooks
    /// throw. A connect that the call waited for continues.
    [[nodiscard]] pooled_connection acquire(const call_limits& limits = {},
                                            source_location where = source_location::current());

    /// Acquires all connections that are idle now, possibly none, without waiting.
    /// Throws `pool_closed_error`.
    [[nodiscard]] std::vector<pooled_connection> acquire_all_idle(
        source_location where = source_location::current());

    /// Acquires a connection and begins a transaction on it, which keeps it until its end.
    /// @see acquire, connection::begin
    [[nodiscard]] pooled_transaction begin(const transaction_options& options = {},
                                           source_location where = source_location::current());
    /// Acquires a connection and begins a transaction on it, within limits for both together.
    /// @see acquire, connection::begin
    [[nodiscard]] pooled_transaction begin(const call_limits& limits,
                                           const transaction_options& options = {},
                                           source_location where = source_location::current());

    /// Acquires a connection and makes one round trip to the server, within limits for both.
    /// @see acquire, connection::ping
    void ping(const call_limits& limits = {}, source_location where = source_location::current());

    /// Connects until the pool has `connections`, idle and acquired ones together, several at once,
    /// and waits for them. Connections that were made stay, also when it throws. Throws
    /// `config_error` for more than `max_connections`, `timeout_error` after `timeout`,
    /// `pool_closed_error`, and what `connect` and the hooks throw for a reason that will not
    /// pass.
    void warm_up(int connections, std::chrono::milliseconds timeout);

    /// Replaces every connection, for example after a change of roles or of credentials: closes
    /// idle ones now, and those in use when they are given back.
    void reset() noexcept;

    /// The pool's counts at this moment; all zero in a forked child.
    [[nodiscard]] pool_stat stat() const;

    /// Counts a retry after a conflict and notifies the observer. For the program's own retry
    /// loops; those of this library do it themselves.
    void count_occ_retry(const retry_event& event) noexcept;

    /// Closes the idle connections, and ends the pool's threads and waits for them. Connects in
    /// progress are aborted; it does not wait for a credentials provider that does not respond. A
    /// hook is not interrupted. Waiting callers get `pool_closed_error`. Connections in use stay
    /// usable and are closed when they are returned. Idempotent. In a hook of this pool, it does
    /// not wait.
    void close() noexcept;

    /// Closes the pool, then waits until all connections have been given back, or until `timeout`
    /// after the call. Returns how many are still in use. @see close()
    int close(std::chrono::milliseconds timeout) noexcept;

private:
    friend class query_functions<pool>;
    friend class bulk_functions<pool>;
    friend class detail::retrying_functions<pool>;
    friend struct detail::pool_access;
    class implementation;

    result run_statement(const call_limits& limits, const sql_text& sql,
                         const detail::argument_view& values);
    batch_results run_batch(const call_limits& limits, const batch& statements);
    [[nodiscard]] detail::session_pin pin_session(const call_limits& limits,
                                                  const source_location& where);

    std::shared_ptr<implementation> implementation_;
};

}  // namespace dsql
