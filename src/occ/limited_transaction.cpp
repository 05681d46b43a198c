// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/limited_transaction.hpp>

#include "pg/session/session.hpp"

namespace dsql::detail {

limited_transaction::limited_transaction(transaction& limited, const call_limits& limits)
    : session_(limited.session_) {
    session_->set_outer_limits(limits);
}

limited_transaction::~limited_transaction() {
    session_->set_outer_limits({});
}

}  // namespace dsql::detail
