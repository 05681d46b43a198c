// SPDX-License-Identifier: Apache-2.0
#include "pg/exchange/piece_operation.hpp"

#include "pg/io/input.hpp"

#include <libpq-fe.h>

namespace dsql::pg {

wait_for piece_operation::step() {
    const int unsent = PQflush(handle_);
    if (PQisBusy(handle_) != 0) {
        const bool readable = consume_input(handle_);
        if (readable && PQisBusy(handle_) != 0) {
            return unsent > 0 ? wait_for::readable_or_writable : wait_for::readable;
        }
        if (PQisBusy(handle_) != 0) {
            return wait_for::done;  // broken, and nothing more to be had
        }
    }
    if (pg_result* const next = PQgetResult(handle_)) {
        taken_.emplace(next);
    }
    return wait_for::done;
}

int piece_operation::socket() const {
    return PQsocket(handle_);
}

}  // namespace dsql::pg
