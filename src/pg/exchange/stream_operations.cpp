// SPDX-License-Identifier: Apache-2.0
#include "pg/exchange/stream_operations.hpp"

#include "pg/error_report.hpp"
#include "pg/io/input.hpp"
#include "pg/io/operation.hpp"

#include <libpq-fe.h>

namespace dsql::pg {

namespace {

// Source: PostgreSQL, "Functions Associated with the COPY Command", PQgetCopyData.
constexpr int copy_failed = -2;

}  // namespace

wait_for next_result_operation::step() {
    const int unsent = PQflush(handle_);
    if (is_busy(handle_)) {
        const bool readable = consume_input(handle_);
        if (readable && is_busy(handle_)) {
            return unsent > 0 ? wait_for::readable_or_writable : wait_for::readable;
        }
        if (is_busy(handle_)) {
            return wait_for::done;  // broken: there are no more results
        }
    }
    if (pg_result* const next = PQgetResult(handle_)) {
        taken_.emplace(next);
    }
    return wait_for::done;
}

int next_result_operation::socket() const {
    return PQsocket(handle_);
}

void copy_piece::free_with_libpq::operator()(char* data) const noexcept {
    PQfreemem(data);
}

wait_for copy_data_operation::step() {
    to_.reserve(most_pieces);  // nothing may throw once libpq has handed out data
    while (to_.size() < most_pieces) {
        char* data = nullptr;
        int size = PQgetCopyData(handle_, &data, 1);
        if (size == 0 && to_.empty() && consume_input(handle_)) {
            size = PQgetCopyData(handle_, &data, 1);
        }
        if (size == copy_failed) {
            throw lost_exchange(last_message(handle_));
        }
        if (size == 0 && PQstatus(handle_) == CONNECTION_OK) {
            return to_.empty() ? wait_for::readable : wait_for::done;
        }
        if (size <= 0) {
            is_at_end_ = true;
            return wait_for::done;
        }
        to_.emplace_back(data, static_cast<std::size_t>(size));
    }
    return wait_for::done;
}

int copy_data_operation::socket() const {
    return PQsocket(handle_);
}

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
