// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/copy_out_session.hpp"

#include <dsql/error.hpp>

#include "pg/bulk/copy_format.hpp"
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

copy_out_session::~copy_out_session() {
    use_.leave(
        [this]() -> task<std::size_t> {
            // Each piece is a CopyData message: a type byte, a length and the data.
            co_return co_await fetch() ? piece_size_ + sizeof(std::int32_t) + 1 : 0;
        },
        [this] { return rows_; });
}

task<bool> copy_out_session::fetch() {
    piece_.reset();
    unread_ = {};
    try {
        use_.require_under_way();
        copy_data_operation reading(use_.handle());
        co_await reading;
        if (reading.size() > 0) {
            piece_.reset(reading.data());
            piece_size_ = static_cast<std::size_t>(reading.size());
            unread_ = piece();
        } else {
            query_operation last(use_.handle(), query_operation::copy::refused,
                                 query_operation::state::half_read);
            co_await last;
            rows_ = last.take(use_.statement()).affected_rows();
        }
    } catch (...) {
        use_.fail();
    }
    if (!piece_) {
        use_.end(rows_);
    }
    co_return piece_ != nullptr;
}

const detail::raw_value* copy_out_session::next_row() {
    do {
        if (unread_.empty()) {
            return nullptr;
        }
        if (!std::exchange(header_taken_, true)) {
            take_copy_header(unread_);
        }
    } while (unread_.empty() || !take_copy_tuple(unread_, values_));  // the trailer is not a row
    if (values_.size() != static_cast<std::size_t>(description_->column_count())) {
        throw conversion_error("a row of the COPY has " + std::to_string(values_.size()) +
                               " values, and the table " +
                               std::to_string(description_->column_count()) + " columns");
    }
    return values_.data();
}

}  // namespace dsql::pg
