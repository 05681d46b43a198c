// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/raw_row.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/result.hpp>

#include "pg/session/exclusive_use.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql::pg {

/// A running COPY ... TO STDOUT. Pins the session until it has read the last row.
class copy_out_session {
public:
    /// Takes over a COPY that `start_copy` has begun.
    explicit copy_out_session(exclusive_use started) : use_(std::move(started)) {}
    copy_out_session(const copy_out_session&) = delete;
    copy_out_session& operator=(const copy_out_session&) = delete;
    ~copy_out_session();

    /// Reads the next piece of the data. Returns whether there was one.
    task<bool> fetch();
    /// The same, waiting for it.
    [[nodiscard]] bool wait_for_fetch() { return use_.is_active() && use_.wait(fetch()); }
    /// That piece as it is, valid until the next is read.
    [[nodiscard]] std::string_view piece() const noexcept { return {piece_.get(), piece_size_}; }
    /// Number of rows, after the end.
    [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }

    /// Sets the columns that each row must have. Call it before `next_row`.
    void set_description(result description) { description_.emplace(std::move(description)); }
    [[nodiscard]] const result& description() const { return *description_; }
    /// The next row of a COPY in binary format, as far as it has been read; null when the next
    /// piece is needed.
    [[nodiscard]] const detail::raw_value* next_row();

    /// Memory for its tasks; only while it has not ended.
    [[nodiscard]] frame_cache& frames() noexcept { return use_.session().frames(); }
    /// The statement.
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return use_.origin(); }

private:
    struct free_piece {
        void operator()(char* piece) const noexcept;
    };

    exclusive_use use_;
    std::unique_ptr<char, free_piece> piece_{};
    std::size_t piece_size_ = 0;
    std::int64_t rows_ = 0;

    std::optional<result> description_{};
    bool header_taken_ = false;
    std::string_view unread_{};  // the rest of the piece
    std::vector<detail::raw_value> values_{};
};

}  // namespace dsql::pg
