// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/retry_loop.hpp>
#include <dsql/export.hpp>

namespace dsql {
class batch;
class connection;
class pool;
}  // namespace dsql

namespace dsql::detail {

/// Counts the pool's retries, and tells its observer.
[[nodiscard]] DSQL_EXPORT retry_loop::observer_function retry_observer_of(pool& target);
/// Tells the connection's observer; empty without one.
[[nodiscard]] DSQL_EXPORT retry_loop::observer_function retry_observer_of(connection& target);

/// Throws `error` for a connection inside a transaction, a stream or a COPY, where a statement
/// cannot be retried by itself; a pool's connections never are.
DSQL_EXPORT void require_outside_block(const connection& target);
inline void require_outside_block(const pool&) noexcept {}
/// Throws `error` for a batch with a statement that ends a transaction: when a later one meets a
/// conflict, those before it have been committed, and must not be run again.
DSQL_EXPORT void require_repeatable(const batch& statements);

}  // namespace dsql::detail
