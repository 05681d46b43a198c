// SPDX-License-Identifier: Apache-2.0
#include <dsql/transact.hpp>

#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <algorithm>

namespace dsql::detail {

namespace {

// The earlier deadline applies. A session supports one stop token only, so the inner token, which
// its caller chose, takes precedence.
call_limits combine(const call_limits& outer, const call_limits& inner) {
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
      number_(limited.number_),
      before_(session_->outer_limits()) {
    session_->set_outer_limits(combine(before_, limits));
}

limited_transaction::~limited_transaction() {
    session_->set_outer_limits(before_);
}

// Reads the state from the session, because the transaction object may have been moved or assigned
// to. A transaction that was not ended through its object may have been committed.
bool limited_transaction::may_be_committed() const noexcept {
    return session_->has_committed(number_) ||
           (session_->has_transaction(number_) && session_->is_idle());
}

void limited_transaction::require_kept() const {
    if (session_->has_transaction(number_) && session_->is_in_transaction() &&
        !transaction_.is_active()) {
        throw error(
            "the function given to transact has moved its transaction away: it is rolled back; "
            "move "
            "nothing out of it");
    }
}

bool limited_transaction::has_failed() const noexcept {
    return !session_->is_open() || PQtransactionStatus(session_->handle()) == PQTRANS_INERROR;
}

}  // namespace dsql::detail
