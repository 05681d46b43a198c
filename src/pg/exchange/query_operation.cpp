// SPDX-License-Identifier: Apache-2.0
#include "pg/exchange/query_operation.hpp"

#include "pg/error_report.hpp"
#include "pg/io/input.hpp"
#include "pg/io/operation.hpp"
#include "pg/libpq_version.hpp"

#include <libpq-fe.h>

#include <utility>

namespace dsql::pg {

// Sending and reading take turns: a server that waits to be read from would never read the rest.
// Where either fails, what has come in by then is still read: the server's last words say why.
[[gnu::hot]] wait_for query_operation::step() {
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
    // What has come in is looked at before asking TLS for more: most answers end with it.
    do {
        const bool readable = PQconsumeInput(handle_) != 0;
        if (read_results() || !readable) {
            return wait_for::done;
        }
    } while (tls_pending(handle_));
    return wait_for::readable;
}

[[gnu::hot]] bool query_operation::read_results() {
    while (PQisBusy(handle_) == 0) {
        pg_result* const next = PQgetResult(handle_);
        if (next == nullptr) {
            end();
            return true;
        }
        if (is_last(result(next))) {
            return true;
        }
    }
    return false;
}

[[gnu::hot]] void query_operation::end() {
    is_complete_ = PQstatus(handle_) == CONNECTION_OK;
    if (is_complete_ && !last_) [[unlikely]] {
        throw exchange_error(
            "the statement ended without a result; it may have run, and the connection has been "
            "closed");
    }
}

// Keeps a result, the first error before all others, because it is the cause. Whether nothing comes
// behind it that is to be read here.
[[gnu::hot]] bool query_operation::is_last(result next) {
    const ExecStatusType status = PQresultStatus(next.native_handle());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) [[likely]] {
        if (!failed_) {
            last_ = std::move(next);
        }
        return false;
    }
    if (is_piece_of_stream(status)) {
        // The rest would be taken for the whole.
        throw exchange_error(
            "the rows of a statement came in pieces, as of a stream; the connection has been "
            "closed");
    }
    const bool copying = is_copy(next.native_handle());
    if (copying && when_copy_ == copy::refused) {
        // Reading on would wait for ever: the server now expects or sends COPY data.
        throw exchange_error(
            "COPY cannot be run as a statement, see copy_in and copy_out; the connection has been "
            "closed");
    }
    const bool is_error = is_failure(next.native_handle());
    if (!copying && !is_error && status != PGRES_EMPTY_QUERY) {
        throw exchange_error(
            "a result came that is none of a statement; it may have run, and the connection has "
            "been closed");
    }
    if (!failed_) {
        failed_ = is_error;
        last_ = std::move(next);
    }
    is_complete_ = copying;
    return copying || PQstatus(handle_) == CONNECTION_BAD;
}

[[gnu::hot]] int query_operation::socket() const {
    return PQsocket(handle_);
}

[[gnu::hot]] void query_operation::require_success(const sql_text& sql) const {
    if (failed_) {
        throw_failure(handle_, last_->native_handle(), sql);
    }
    // A result is the end of a statement, and not yet of the transaction that it runs in by itself:
    // the server commits between the two, and may still fail.
    if (!is_complete_) [[unlikely]] {
        throw_connection_lost(handle_, sql);
    }
}

[[gnu::hot]] result query_operation::take(const sql_text& sql) {
    require_success(sql);
    return *std::move(last_);
}

}  // namespace dsql::pg
