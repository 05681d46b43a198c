// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/copy_out_session.hpp"

#include <dsql/error.hpp>

#include "pg/bulk/copy_format.hpp"
#include "pg/bulk/start_copy.hpp"
#include "pg/error_report.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/exchange/stream_operations.hpp"

#include <libpq-fe.h>

#include <string>
#include <utility>

namespace dsql::pg {

void copy_out_session::free_piece::operator()(char* piece) const noexcept {
    PQfreemem(piece);
}

copy_out_session::copy_out_session(detail::session_pin of, const call_limits& limits,
                                   const sql_text& sql)
    : use_((require_streamable(*of, sql),
            start_copy(std::move(of), limits, sql, copy_direction::out))) {}

copy_out_session::~copy_out_session() {
    use_.leave(
        [this](const call_limits& limits) {
            // Each piece is a CopyData message: a type byte, a length and the data.
            return fetch(limits) ? piece_size_ + sizeof(std::int32_t) + 1 : 0;
        },
        [this] { return rows_; });
}

std::optional<std::string_view> copy_out_session::next_piece() {
    if (!use_.is_active() || !fetch(use_.limits())) {
        return std::nullopt;
    }
    return std::string_view(piece_.get(), piece_size_);
}

// Reads the next piece. Returns false at the end.
bool copy_out_session::fetch(const call_limits& limits) {
    piece_.reset();
    use_.advance([&] {
        copy_data_operation reading(use_.handle());
        use_.run(reading, limits);
        if (reading.size() > 0) {
            piece_.reset(reading.data());
            piece_size_ = static_cast<std::size_t>(reading.size());
        } else {
            read_end(limits);
        }
    });
    if (!piece_) {
        use_.end(rows_);
    }
    return piece_ != nullptr;
}

void copy_out_session::read_end(const call_limits& limits) {
    query_operation last(use_.handle(), query_operation::copy::refused,
                         query_operation::state::half_read);
    use_.run(last, limits);
    rows_ = last.take(use_.statement()).affected_rows();
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
    } while (unread_.empty() || !take_copy_tuple(unread_, values_));  // until the end is read
    if (values_.size() != static_cast<std::size_t>(description_->column_count())) {
        throw conversion_error("a row of the COPY has " + std::to_string(values_.size()) +
                               " values, and the table " +
                               std::to_string(description_->column_count()) + " columns");
    }
    return values_.data();
}

}  // namespace dsql::pg
