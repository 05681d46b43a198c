// SPDX-License-Identifier: Apache-2.0
#include "pg/exchange/reply_operation.hpp"

#include <dsql/error.hpp>

#include "pg/io/input.hpp"
#include "pg/session/server_failure.hpp"

#include <libpq-fe.h>

#include <utility>

namespace dsql::pg {

// Sending and reading take turns: a server that waits to be read from would never read the rest.
// Where either fails, what has come in by then is still read: the server's last words say why.
wait_for reply_operation::step() {
    if (!flushed_) {
        const int unsent = PQflush(handle_);
        if (unsent == 0) {
            flushed_ = true;
            return wait_for::readable;  // nothing can have come before all was sent
        }
        if (unsent > 0 && consume_input(handle_)) {
            return wait_for::readable_or_writable;
        }
        flushed_ = true;  // broken: no more of it can be sent
    }
    const bool readable = consume_input(handle_);
    return read_results() || !readable ? wait_for::done : wait_for::readable;
}

bool reply_operation::read_results() {
    while (PQisBusy(handle_) == 0) {
        pg_result* const next = PQgetResult(handle_);
        if (next == nullptr) {
            return true;
        }
        if (keep(result(next)) || PQstatus(handle_) == CONNECTION_BAD) {
            return true;
        }
    }
    return false;
}

// Keeps a result, the first error before all others, because it is the cause. Whether it is a COPY.
bool reply_operation::keep(result next) {
    const bool copying = is_copy(next.native_handle());
    if (copying && when_copy_ == copy::refused) {
        // Reading on would wait for ever: the server now expects or sends COPY data.
        throw error(
            "COPY cannot be run as a statement, see copy_in and copy_out; the connection has been "
            "closed");
    }
    if (!last_ || !is_failure(last_->native_handle())) {
        last_ = std::move(next);
    }
    return copying;
}

int reply_operation::socket() const {
    return PQsocket(handle_);
}

result reply_operation::take(const sql_text& sql) {
    if (!last_) {
        throw_broken(handle_, sql);
    }
    if (is_failure(last_->native_handle())) {
        throw_failure(handle_, last_->native_handle(), sql);
    }
    return *std::move(last_);
}

}  // namespace dsql::pg
