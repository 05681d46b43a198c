// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/transaction.hpp>

#include <utility>

namespace dsql {

/// A transaction on a connection of its own from a pool: a `transaction`, whose end (`commit`,
/// `rollback` or the destructor) gives the connection back. Movable, also into a `transaction`;
/// belongs to one thread at a time.
class pooled_transaction : public transaction {
private:
    friend class pool;
    explicit pooled_transaction(transaction begun) noexcept : transaction(std::move(begun)) {}
};

}  // namespace dsql
