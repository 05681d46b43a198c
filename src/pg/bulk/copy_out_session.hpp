// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/raw_row.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/result.hpp>

#include "pg/exchange/stream_operations.hpp"
#include "pg/session/exclusive_use.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql::pg {

/// A running COPY ... TO STDOUT. Pins the session until it has read the last row.
class copy_out_session {
public:
    /// Takes over a COPY that `start_copy` has started.
    explicit copy_out_session(exclusive_use started) : use_(std::move(started)) {}
    copy_out_session(const copy_out_session&) = delete;
    copy_out_session& operator=(const copy_out_session&) = delete;
    ~copy_out_session();

    /// Reads the next pieces of data. Returns false at the end. Throws what `exclusive_use::fail`
    /// throws; the COPY has then ended. This object must outlive the task.
    task<bool> fetch();
    /// Runs `fetch` to its end and returns its result. Returns false if the COPY has ended.
    [[nodiscard]] bool wait_for_fetch() { return use_.is_active() && use_.wait(fetch()); }
    /// The pieces that were read last, in the COPY's format. Valid until the next ones are read.
    [[nodiscard]] const std::vector<copy_piece>& pieces() const noexcept { return pieces_; }
    /// The number of copied rows. It is 0 before the end.
    [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }

    /// Sets the columns that each row must have. Call it before `next_row`.
    void set_description(result description) { description_.emplace(std::move(description)); }
    [[nodiscard]] const result& description() const { return *description_; }
    /// Returns the next row of a COPY in binary format, valid until the next call. Null if the next
    /// piece must be read first. Throws `conversion_error` for bytes that are not such a row.
    [[nodiscard]] const detail::raw_value* next_row();

    /// Whether the end has not been read. False after an error.
    [[nodiscard]] bool is_active() const noexcept { return use_.is_active(); }
    /// The session; none after the end.
    [[nodiscard]] const detail::session_pin& pin() const noexcept { return use_.pin(); }
    /// The limits of the COPY.
    [[nodiscard]] const call_limits& limits() const noexcept { return use_.limits(); }
    /// See `exclusive_use::leave_at_once`.
    void leave_at_once() noexcept { use_.leave_at_once(); }

    /// The memory for the frames of this object's tasks; null after the end.
    [[nodiscard]] frame_cache* frames() const noexcept { return use_.frames(); }
    /// The COPY statement and its source location.
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return use_.origin(); }

private:
    /// Reads the result that comes after the data.
    task<void> read_end();

    exclusive_use use_;
    std::vector<copy_piece> pieces_{};
    bool has_all_data_ = false;
    std::int64_t rows_ = 0;

    std::optional<result> description_{};
    bool header_taken_ = false;
    std::size_t next_piece_ = 0;
    std::string_view unread_{};  // the rest of the piece before that one
    std::vector<detail::raw_value> values_{};
};

}  // namespace dsql::pg
