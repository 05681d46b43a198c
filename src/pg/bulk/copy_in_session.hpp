// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/copy_row.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/sql_text.hpp>

#include "pg/exchange/stream_operations.hpp"
#include "pg/session/exclusive_use.hpp"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql::pg {

/// A running COPY ... FROM STDIN. Collects data and sends it in pieces. Pins the session until the
/// COPY has ended.
class copy_in_session {
public:
    /// Takes over a COPY that `start_copy` has started.
    explicit copy_in_session(exclusive_use started) : use_(std::move(started)) {}
    copy_in_session(const copy_in_session&) = delete;
    copy_in_session& operator=(const copy_in_session&) = delete;
    /// Makes the server abort the COPY, unless it has ended.
    ~copy_in_session();

    /// Allows `rows` to be called. Each row must have a value for each of `columns`. In text
    /// format, `columns` may be empty; the number of values is then not checked.
    void take_rows(bool binary, std::vector<column_description> columns);

    /// Returns the writer that collects rows. Throws `error` if `take_rows` was not called or the
    /// COPY has ended.
    [[nodiscard]] detail::copy_row_writer& rows();
    /// Adds data that is already in the COPY's format, and sends the pieces that are full. Throws
    /// `error` if the COPY has ended, and what `send` throws. This object and the bytes of `data`
    /// must outlive the task.
    task<void> write(std::string_view data);
    /// Whether another row might not fit into the piece, so that `send` must be called before it.
    [[nodiscard]] bool is_full() const noexcept {
        // Sends before a row could exceed the threshold, so that all pieces have about the same
        // size. If the row were added first, `send` would cut off a tiny piece after each full one.
        return rows_.buffer.size() != 0 &&
               rows_.buffer.size() + rows_.largest_row > flush_threshold;
    }
    /// Sends the collected data. Throws what `exclusive_use::fail` throws; the COPY has then ended.
    /// This object must outlive the task.
    task<void> send();
    /// See `copy_writer::finish`. This object must outlive the task.
    task<std::int64_t> finish();
    /// Runs `finish` to its end and returns its result. If a limit was reached before, aborts the
    /// COPY and throws the error of that limit.
    [[nodiscard]] std::int64_t wait_for_finish();

    /// Adds data that is already in the COPY's format and sends nothing. Throws `error` if the COPY
    /// has ended.
    void append(std::string_view data);

    /// Throws `error` if the COPY has ended.
    void require_active() const;
    /// Whether the COPY has not ended.
    [[nodiscard]] bool is_active() const noexcept { return use_.is_active(); }
    /// The session; none after the end.
    [[nodiscard]] const detail::session_pin& pin() const noexcept { return use_.pin(); }
    /// The limits of the COPY.
    [[nodiscard]] const call_limits& limits() const noexcept { return use_.limits(); }
    /// Ends the COPY by closing the connection; nothing is copied. Waits for nothing.
    void abort() noexcept { use_.give_up(); }
    /// See `exclusive_use::leave_at_once`.
    void leave_at_once() noexcept { use_.leave_at_once(); }

    /// Runs one of the tasks above to its end and returns its result. Throws `error` if the COPY
    /// has ended.
    template <class T>
    T wait(task<T> part) {
        require_active();
        return use_.wait(std::move(part));
    }
    /// The memory for the frames of this object's tasks; null after the end.
    [[nodiscard]] frame_cache* frames() const noexcept { return use_.frames(); }
    /// The COPY statement and its source location.
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return use_.origin(); }

private:
    void write_header();
    /// Sends data in pieces of at most `flush_threshold` bytes.
    task<void> send_pieces(std::string_view data);
    /// Ends the COPY and returns the number of copied rows. If `reason` is not null, makes the
    /// server abort the COPY, which then throws a `server_error`.
    task<std::int64_t> end(const char* reason);
    /// Aborts the COPY if it has not ended. Closes the connection if the server does not confirm.
    void give_up() noexcept;

    exclusive_use use_;
    detail::copy_row_writer rows_{};
    bool takes_rows_ = false;
    bool header_written_ = false;  // only for rows in binary format
    bool data_written_ = false;    // by `write`: the caller supplies header and trailer
};

}  // namespace dsql::pg
