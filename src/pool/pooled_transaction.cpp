// SPDX-License-Identifier: Apache-2.0
#include <dsql/pooled_transaction.hpp>

#include "pg/session/session_access.hpp"

#include <utility>

namespace dsql {

pooled_transaction::pooled_transaction(pooled_connection acquired, const call_limits& limits,
                                       const transaction_options& options, source_location where)
    : transaction_connection{std::move(acquired)},
      transaction(transaction_connection::loan->begin(limits, options, where)) {}

pooled_transaction::pooled_transaction(pooled_transaction&& other) noexcept
    : transaction_connection(static_cast<transaction_connection&&>(other)),
      transaction(static_cast<transaction&&>(other)) {}

// The transaction first: its end needs the connection.
pooled_transaction& pooled_transaction::operator=(pooled_transaction&& other) noexcept {
    if (this != &other) {
        transaction::operator=(static_cast<transaction&&>(other));
        loan = std::move(other.loan);
    }
    return *this;
}

void pooled_transaction::commit(const call_limits& limits, source_location where) {
    try {
        transaction::commit(limits, where);
    } catch (...) {
        release_if_over();
        throw;
    }
    release_if_over();
}

void pooled_transaction::rollback(const call_limits& limits, source_location where) {
    try {
        transaction::rollback(limits, where);
    } catch (...) {
        release_if_over();
        throw;
    }
    release_if_over();
}

void pooled_transaction::release_if_over() noexcept {
    if (!is_active()) {
        loan.release();
    }
}

}  // namespace dsql
