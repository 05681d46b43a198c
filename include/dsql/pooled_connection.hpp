// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/connection.hpp>
#include <dsql/export.hpp>
#include <dsql/transaction.hpp>

#include <utility>

namespace dsql {

namespace detail {
struct connection_slot;
}

/// A connection that was acquired from a pool. The destructor returns it to the pool as soon as the
/// transactions, streams and COPYs on it have ended; these may outlive the handle. Movable; belongs
/// to one thread at a time. May outlive its pool: the connection is then closed when it is given
/// back.
class DSQL_EXPORT pooled_connection {
public:
    pooled_connection(pooled_connection&& other) noexcept;
    pooled_connection& operator=(pooled_connection&& other) noexcept;
    ~pooled_connection();

    /// The connection. Throws `error` after it was released, hijacked or moved from.
    [[nodiscard]] connection& operator*() const;
    /// A member of the connection. Throws `error` after it was released, hijacked or moved from.
    [[nodiscard]] connection* operator->() const { return &**this; }

    /// Gives the connection back early. One that is broken, too old or still inside a transaction
    /// is closed instead of being used again. An open transaction, stream or COPY on it continues,
    /// and the connection returns to the pool when the last of them has ended. Idempotent; the
    /// handle is empty from then on.
    void release() noexcept;

    /// Takes the connection out of the pool for good; the pool may make another in its place. The
    /// handle is empty from then on. Open transactions, streams and COPYs on the connection
    /// continue. Throws `error` for an empty handle, and in a forked child.
    [[nodiscard]] connection hijack();

private:
    friend class pool;
    explicit pooled_connection(detail::connection_slot* entry) noexcept : entry_(entry) {}

    detail::connection_slot* entry_;
};

/// A transaction on a connection of its own from a pool: a `transaction`, whose end (`commit`,
/// `rollback` or the destructor) gives the connection back. Movable, also into a `transaction`;
/// belongs to one thread at a time.
class pooled_transaction : public transaction {
private:
    friend class pool;
    explicit pooled_transaction(transaction begun) noexcept : transaction(std::move(begun)) {}
};

}  // namespace dsql
