// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/source_location.hpp>
#include <dsql/transaction.hpp>

#include "pg/io/task.hpp"

namespace dsql::pg {

/// What begins and ends transactions, as tasks that never wait themselves. Each throws what the
/// function of `transaction` of the same name throws. Arguments that are references have to outlive
/// the task.
class transaction_calls {
public:
    static task<transaction> begin(detail::session_pin on, const call_limits& limits,
                                   const transaction_options& options, source_location where);
    static task<void> commit(transaction& ending, const call_limits& limits, source_location where);
    static task<void> rollback(transaction& ending, const call_limits& limits,
                               source_location where);

    /// The session of one that is not over; throws `error` for one that is.
    [[nodiscard]] static session& session_of(transaction& running) { return running.session(); }
    /// The pin of its session; none once it is over.
    [[nodiscard]] static const detail::session_pin& pin_of(const transaction& running) noexcept {
        return running.session_;
    }
};

}  // namespace dsql::pg
