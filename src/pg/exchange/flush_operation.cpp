// SPDX-License-Identifier: Apache-2.0
#include "pg/exchange/flush_operation.hpp"

#include "pg/io/input.hpp"

#include <libpq-fe.h>

namespace dsql::pg {

wait_for flush_operation::step() {
    if (PQflush(handle_) <= 0 || !consume_input(handle_)) {
        return wait_for::done;
    }
    return PQflush(handle_) > 0 ? wait_for::readable_or_writable : wait_for::done;
}

int flush_operation::socket() const {
    return PQsocket(handle_);
}

}  // namespace dsql::pg
