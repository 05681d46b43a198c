// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/copy_out_session.hpp"

#include <dsql/error.hpp>

#include "pg/bulk/copy_format.hpp"
#include "pg/bulk/drain_budget.hpp"
#include "pg/bulk/start_copy.hpp"
#include "pg/error_report.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/exchange/stream_operations.hpp"
#include "pg/session/session.hpp"

#include <libpq-fe.h>

#include <string>
#include <utility>

namespace dsql::pg {

void copy_out_session::free_piece::operator()(char* piece) const noexcept {
    PQfreemem(piece);
}

copy_out_session::copy_out_session(detail::session_pin of, const call_limits& limits,
                                   const sql_text& sql)
    : session_(std::move(of)), limits_(limits), origin_{std::string(sql.text()), sql.where()} {
    require_streamable(*session_, sql);
    start_copy(*session_, limits, sql, copy_direction::out);
    active_ = true;
}

copy_out_session::~copy_out_session() {
    leave();
}

std::optional<std::string_view> copy_out_session::next_piece() {
    if (!active_ || !fetch(limits_)) {
        return std::nullopt;
    }
    return std::string_view(piece_.get(), piece_size_);
}

// Whether there was another piece.
bool copy_out_session::fetch(const call_limits& limits) {
    piece_.reset();
    try {
        require_under_way(*session_, "a COPY was under way");
        session_->close_on_error([&] {
            copy_data_operation reading(session_->handle());
            session_->drive_transfer(reading, limits, statement());
            if (reading.size() > 0) {
                piece_.reset(reading.data());
                piece_size_ = static_cast<std::size_t>(reading.size());
            } else {
                read_end(limits);
            }
        });
    } catch (...) {
        end(ending::failed);
        throw;
    }
    if (!piece_) {
        end();
    }
    return piece_ != nullptr;
}

// The connection is free again, and goes back to its pool if nothing else keeps it.
void copy_out_session::end(ending how) noexcept {
    active_ = false;
    session_->end_exclusive(how, rows_);
    session_.reset();
}

void copy_out_session::read_end(const call_limits& limits) {
    query_operation last(session_->handle(), query_operation::copy::refused,
                         query_operation::state::half_read);
    session_->drive_transfer(last, limits, statement());
    rows_ = last.take(statement()).affected_rows();
}

const detail::raw_value* copy_out_session::next_row() {
    do {
        if (unread_.empty()) {
            const auto piece = next_piece();
            if (!piece) {
                return nullptr;
            }
            unread_ = *piece;
        }
        if (!std::exchange(header_taken_, true)) {
            take_copy_header(unread_);
        }
    } while (unread_.empty() || !take_copy_tuple(unread_, values_));  // behind the trailer: the end
    if (values_.size() != static_cast<std::size_t>(description_->column_count())) {
        throw conversion_error("a row of the COPY has " + std::to_string(values_.size()) +
                               " values, and the table " +
                               std::to_string(description_->column_count()) + " columns");
    }
    return values_.data();
}

void copy_out_session::leave() noexcept {
    if (!active_) {
        return;
    }
    if (session_->is_in_child()) {
        return;  // the rows are the parent's
    }
    drain_budget leaving;
    try {
        while (active_ && leaving.has_budget()) {
            if (fetch(leaving.limits())) {
                leaving.add(piece_size_ + sizeof(std::int32_t) + 1);  // CopyData
            }
        }
    } catch (...) {
        return;  // the connection says for itself whether it can still be used
    }
    if (active_) {
        session_->close();
        end();
    }
}

}  // namespace dsql::pg
