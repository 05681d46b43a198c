// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/source_location.hpp>
#include <dsql/transaction.hpp>

#include "pg/io/task.hpp"

namespace dsql::pg {

/// Begins, commits and rolls back transactions, as tasks that never block. `begin` throws what
/// `connection::begin` throws; the others throw what the functions of `transaction` with their
/// names throw. Arguments that are passed by reference must outlive the task.
class transaction_calls {
public:
    static task<transaction> begin(detail::session_pin on, const call_limits& limits,
                                   const transaction_options& options, source_location where);
    static task<void> commit(transaction& ending, const call_limits& limits, source_location where);
    static task<void> rollback(transaction& ending, const call_limits& limits,
                               source_location where);

    /// Returns the session of a transaction. Throws `error` if the transaction is over.
    [[nodiscard]] static session& session_of(transaction& running) { return running.session(); }
    /// Returns the transaction's pin of its session, which is empty once the transaction is over.
    [[nodiscard]] static const detail::session_pin& pin_of(const transaction& running) noexcept {
        return running.session_;
    }
};

}  // namespace dsql::pg
