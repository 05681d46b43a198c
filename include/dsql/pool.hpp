// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/export.hpp>
#include <dsql/pool_options.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace dsql {

namespace detail {
struct pooled_entry;
}

/// A connection on loan from a pool; the destructor gives it back. Movable; belongs to one thread
/// at a time. May outlive its pool: the connection is then closed when it is given back.
/// Only `release` and assignment may be called on a handle that was released or moved from.
class DSQL_EXPORT pooled_connection {
public:
    pooled_connection(pooled_connection&& other) noexcept;
    pooled_connection& operator=(pooled_connection&& other) noexcept;
    ~pooled_connection();

    [[nodiscard]] connection& operator*() const noexcept;
    [[nodiscard]] connection* operator->() const noexcept { return &**this; }

    /// Gives the connection back early. One that is broken, too old or still inside a transaction
    /// is closed instead of being used again. Idempotent; the handle is empty from then on.
    void release() noexcept;

private:
    friend class pool;
    explicit pooled_connection(detail::pooled_entry* entry) noexcept : entry_(entry) {}

    detail::pooled_entry* entry_;
};

/// What a pool has and does at one moment.
struct pool_stat {
    int max_connections = 0;
    int total_connections = 0;  ///< idle, acquired and constructing
    int idle_connections = 0;
    int acquired_connections = 0;
    int constructing_connections = 0;  ///< being connected
    int waiting = 0;                   ///< callers queued in `acquire`
};

/// A pool of connections to one cluster as one user. Safe from any thread. Not to be used in a
/// child process after `fork`.
///
/// `query`, `execute` and the rest of `query_functions` acquire a connection, run the statement and
/// give the connection back. A deadline counts for both together; a stop token ends the statement,
/// not the waiting for a connection. Prepared statements belong to a connection, not to a pool.
///
/// Connections above `min_connections` are made when they are needed; waiters are served in order.
/// Tokens are signed once and reused until 80 % of their life.
class DSQL_EXPORT pool : public query_functions<pool> {
public:
    /// Throws `config_error`, and as `resolve_endpoint` does. Does not connect.
    explicit pool(const config& settings, const pool_options& options = {});
    /// The same from a connection string; see `parse_connection_string`.
    explicit pool(std::string_view connection_string, const pool_options& options = {});
    /// Closes the pool; see `close`.
    ~pool();
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    /// A connection: an idle one, else a new one, else the first that is given back.
    /// Throws `timeout_error` after `acquire_timeout`: with the pool's counts and the last connect
    /// failure for a caller that waited, with the phase it was in for one that was connecting;
    /// `pool_closed_error`; and what `connect` and `after_connect` throw.
    [[nodiscard]] pooled_connection acquire();

    /// The same within a time of its own, if that is less than `acquire_timeout`.
    [[nodiscard]] pooled_connection acquire(within budget);

    [[nodiscard]] pool_stat stat() const;

    /// Closes the idle connections and ends the maintenance thread; callers that wait get
    /// `pool_closed_error`. Connections on loan stay usable and are closed when they are given
    /// back. Idempotent.
    void close() noexcept;

private:
    friend class query_functions<pool>;
    class implementation;

    result run_statement(const call_limits& limits, const sql_text& sql,
                         const detail::argument_view& values);
    batch_results run_batch(const call_limits& limits, const batch& statements);
    [[nodiscard]] pooled_connection acquire_for(const call_limits& limits);

    std::unique_ptr<implementation> implementation_;
};

}  // namespace dsql
