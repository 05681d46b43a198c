// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/limited_transaction.hpp>

#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <algorithm>

namespace dsql::detail {

namespace {

// A session knows one stop token; the inner one is what its caller has asked for.
call_limits both(const call_limits& outer, const call_limits& inner) {
    const std::stop_token& stop = inner.stop().stop_possible() ? inner.stop() : outer.stop();
    if (!inner.deadline() || !outer.deadline()) {
        const auto& only = inner.deadline() ? inner.deadline() : outer.deadline();
        return only ? call_limits(*only, stop) : call_limits(stop);
    }
    return call_limits(std::min(*inner.deadline(), *outer.deadline()), stop);
}

}  // namespace

limited_transaction::limited_transaction(transaction& limited, const call_limits& limits)
    : transaction_(limited),
      session_(limited.pin_session(limits, {})),
      before_(session_->outer_limits()) {
    session_->set_outer_limits(both(before_, limits));
}

limited_transaction::~limited_transaction() {
    session_->set_outer_limits(before_);
}

// One that has ended by something else than its object may have been committed.
bool limited_transaction::may_be_committed() const noexcept {
    return transaction_.is_committed_ ||
           (session_->is_open() && transaction_.has_ended_by_itself());
}

bool limited_transaction::has_failed() const noexcept {
    return !session_->is_open() || PQtransactionStatus(session_->handle()) == PQTRANS_INERROR;
}

}  // namespace dsql::detail
