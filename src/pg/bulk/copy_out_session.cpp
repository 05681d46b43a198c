// SPDX-License-Identifier: Apache-2.0
#include "pg/bulk/copy_out_session.hpp"

#include <dsql/error.hpp>

#include "pg/bulk/copy_format.hpp"
#include "pg/error_report.hpp"
#include "pg/exchange/query_operation.hpp"
#include "pg/exchange/stream_operations.hpp"

#include <string>
#include <utility>

namespace dsql::pg {

copy_out_session::~copy_out_session() {
    use_.leave(
        [this]() -> task<std::size_t> {
            co_await fetch();
            // Each piece is a CopyData message: a type byte, a length and the data.
            std::size_t size = 0;
            for (const copy_piece& piece : pieces_) {
                size += piece.view().size() + sizeof(std::int32_t) + 1;
            }
            co_return size;
        },
        [this] { return rows_; });
}

task<bool> copy_out_session::fetch() {
    pieces_.clear();
    next_piece_ = 0;
    unread_ = {};
    try {
        use_.require_under_way();
        if (!has_all_data_) {
            copy_data_operation reading(use_.handle(), pieces_);
            co_await reading;
            has_all_data_ = reading.is_at_end();
        }
        if (pieces_.empty()) {
            co_await read_end();
        }
    } catch (...) {
        use_.fail();
    }
    if (pieces_.empty()) {
        use_.end(rows_);
    }
    co_return !pieces_.empty();
}

task<void> copy_out_session::read_end() {
    query_operation last(use_.handle(), query_operation::copy::refused,
                         query_operation::state::half_read);
    co_await last;
    rows_ = last.take(use_.statement()).affected_rows();
}

const detail::raw_value* copy_out_session::next_row() {
    do {
        if (unread_.empty()) {
            if (next_piece_ == pieces_.size()) {
                return nullptr;
            }
            unread_ = pieces_[next_piece_++].view();
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
