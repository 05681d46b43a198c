// SPDX-License-Identifier: Apache-2.0
#include "pg/exchange/query_operation.hpp"

#include "pg/error_report.hpp"
#include "pg/io/input.hpp"
#include "pg/io/operation.hpp"
#include "pg/libpq_version.hpp"

#include <libpq-fe.h>

#include <utility>

namespace dsql::pg {

// Sends and reads in turns, because a server whose output is not read stops reading. If sending or
// reading fails, the data that has already arrived is still read, because it may contain the
// server's error.
[[gnu::hot]] wait_for query_operation::step() {
    if (!flushed_) {
        const int unsent = PQflush(handle_);
        if (unsent == 0) {
            flushed_ = true;
            return wait_for::readable;  // no result can have arrived yet
        }
        if (unsent > 0 && consume_input(handle_)) {
            return wait_for::readable_or_writable;
        }
        flushed_ = true;  // broken: nothing more can be sent
    }
    // Looks at the data read so far before it asks TLS for more, because it usually completes the
    // result.
    do {
        const bool readable = PQconsumeInput(handle_) != 0;
        if (read_results() || !readable) {
            return wait_for::done;
        }
    } while (tls_pending(handle_));
    return wait_for::readable;
}

[[gnu::hot]] bool query_operation::read_results() {
    while (!is_busy(handle_)) {
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
        if (*PQerrorMessage(handle_) != '\0') {
            throw lost_exchange(last_message(handle_));  // libpq has no memory for a result
        }
        throw exchange_error(
            "the statement ended without a result; it may have run, and the connection has been "
            "closed");
    }
}

// Stores a result. After an error, later results are dropped, because the first error is the cause.
// Returns true if nothing more is to be read here.
[[gnu::hot]] bool query_operation::is_last(result next) {
    const ExecStatusType status = PQresultStatus(next.native_handle());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) [[likely]] {
        if (!failed_) {
            require_first();
            last_ = std::move(next);
        }
        return false;
    }
    if (is_piece_of_stream(status)) {
        // Otherwise the last piece would be returned as if it were the whole result.
        throw exchange_error(
            "the rows of a statement came in pieces, as of a stream; the connection has been "
            "closed");
    }
    const bool copying = is_copy(next.native_handle());
    if (copying && when_copy_ == copy::refused) {
        // Reading on could wait forever: the server now expects or sends COPY data.
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
        if (!is_error) {
            require_first();
        }
        failed_ = is_error;
        last_ = std::move(next);
    }
    is_complete_ = copying;
    return copying || PQstatus(handle_) == CONNECTION_BAD;
}

[[gnu::hot]] void query_operation::require_first() const {
    if (last_ && is_single_) [[unlikely]] {
        throw exchange_error(
            "a statement has got more than one result; it may have run, and the connection has "
            "been closed");
    }
}

[[gnu::hot]] int query_operation::socket() const {
    return PQsocket(handle_);
}

[[gnu::hot]] result query_operation::take(const sql_text& sql) {
    if (failed_) {
        throw_failure(handle_, last_->native_handle(), sql);
    }
    // A result alone does not mean success. Outside a transaction, the server commits after it has
    // sent the result, and the commit may still fail.
    if (!is_complete_) [[unlikely]] {
        throw_connection_lost(handle_, sql);
    }
    return *std::move(last_);
}

}  // namespace dsql::pg
