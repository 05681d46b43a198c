// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/raw_row.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/result.hpp>
#include <dsql/sql_text.hpp>

#include "pg/session/exclusive_use.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace dsql::pg {

/// A running COPY ... TO STDOUT. Pins the session until it has read the last row.
class copy_out_session {
public:
    /// Sends the COPY statement and waits until the server starts to send data. Throws what
    /// `require_streamable` and `start_copy` throw.
    copy_out_session(detail::session_pin of, const call_limits& limits, const sql_text& sql);
    copy_out_session(const copy_out_session&) = delete;
    copy_out_session& operator=(const copy_out_session&) = delete;
    ~copy_out_session();

    /// Returns the next piece, in the COPY's format. It is valid until the next call. None at the
    /// end.
    [[nodiscard]] std::optional<std::string_view> next_piece();
    /// The number of copied rows. It is 0 before the end.
    [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }

    /// Sets the columns that each row must have. Call it before `next_row`.
    void set_description(result description) { description_.emplace(std::move(description)); }
    [[nodiscard]] const result& description() const { return *description_; }
    /// Returns the next row of a COPY in binary format, valid until the next call. Null at the end.
    [[nodiscard]] const detail::raw_value* next_row();
    /// The COPY statement and its source location.
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return use_.origin(); }

private:
    struct free_piece {
        void operator()(char* piece) const noexcept;
    };

    [[nodiscard]] bool fetch(const call_limits& limits);
    void read_end(const call_limits& limits);

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
