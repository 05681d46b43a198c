// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>
#include <dsql/pooled_connection.hpp>
#include <dsql/transaction.hpp>

namespace dsql {

namespace detail {

/// Puts the connection of a `pooled_transaction` in front of the transaction on it.
struct transaction_connection {
    pooled_connection loan;
};

}  // namespace detail

/// A transaction on a connection of its own from a pool: a `transaction`, whose end gives the
/// connection back. Movable; belongs to one thread at a time.
class DSQL_EXPORT pooled_transaction : private detail::transaction_connection, public transaction {
public:
    pooled_transaction(pooled_transaction&& other) noexcept;
    /// Rolls back what was not committed, and gives the connection back.
    pooled_transaction& operator=(pooled_transaction&& other) noexcept;
    ~pooled_transaction() = default;

    /// As `transaction::commit`; gives the connection back when the transaction is over.
    void commit(const call_limits& limits = {}, source_location where = source_location::current());
    /// As `transaction::rollback`; gives the connection back when the transaction is over.
    void rollback(const call_limits& limits = {},
                  source_location where = source_location::current());

private:
    friend class pool;
    pooled_transaction(pooled_connection acquired, const call_limits& limits,
                       const transaction_options& options, source_location where);
    void release_if_over() noexcept;
};

}  // namespace dsql
