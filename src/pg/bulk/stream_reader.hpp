// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/arguments.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/result.hpp>
#include <dsql/sql_text.hpp>

#include "pg/session/exclusive_use.hpp"

#include <cstdint>
#include <memory>
#include <optional>

struct pg_result;

namespace dsql::pg {

/// Reads the rows of a query in chunks. Pins the session until it has read the last one.
class stream_reader {
public:
    /// Sends nothing yet. Throws what `require_streamable` and `session::begin_exclusive` throw.
    stream_reader(detail::session_pin of, const call_limits& limits, const sql_text& sql,
                  const detail::argument_view& values);
    stream_reader(const stream_reader&) = delete;
    stream_reader& operator=(const stream_reader&) = delete;
    ~stream_reader();

    /// Sends the query and does not wait for rows. Throws what `session::execute` throws; the
    /// stream has then ended. This object and `values` must outlive the task.
    task<void> send(const detail::argument_view& values);
    /// Takes the next chunk of rows if it has already arrived and no limit has been reached.
    /// Otherwise returns false, and the caller must run `fetch`. The stream must be active. Most
    /// chunks arrive together with the one before, and this function saves them the cost of a task.
    [[nodiscard]] bool take_arrived();
    /// Reads the next chunk. If it fails, the stream has ended. The stream must be active, and this
    /// object must outlive the task.
    task<void> fetch();
    /// The chunk that was read last; one without rows at the end of the stream. Throws `error` if
    /// the stream has ended with an error.
    [[nodiscard]] const pg_result* current() const;
    /// Reads and discards the remaining rows. This object must outlive the task.
    task<void> close();

    /// Reads the next chunk of rows. At the end of the stream, returns a result without rows. See
    /// `detail::chunk_source`.
    [[nodiscard]] const pg_result* wait_for_next() {
        if (use_.is_active() && !take_arrived()) {
            use_.wait(fetch());
        }
        return current();
    }
    /// Run the task of the same name to its end.
    ///@{
    void wait_for_send(const detail::argument_view& values) { use_.wait(send(values)); }
    void wait_for_close() {
        if (use_.is_active()) {
            use_.wait(close());
        }
    }
    ///@}

    /// Whether the last chunk has not been read. False after an error.
    [[nodiscard]] bool is_active() const noexcept { return use_.is_active(); }
    /// The session; none after the end.
    [[nodiscard]] const detail::session_pin& pin() const noexcept { return use_.pin(); }
    /// The limits of the stream.
    [[nodiscard]] const call_limits& limits() const noexcept { return use_.limits(); }
    /// See `exclusive_use::leave_at_once`.
    void leave_at_once() noexcept { use_.leave_at_once(); }
    /// The chunk that was read last; null before the first one and after an error.
    [[nodiscard]] const pg_result* last_chunk() const noexcept {
        return piece_ ? piece_->native_handle() : nullptr;
    }

    /// The memory for the frames of this object's tasks; null after the end.
    [[nodiscard]] frame_cache* frames() const noexcept { return use_.frames(); }
    /// The statement and its source location.
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return use_.origin(); }

private:
    /// Reads the end of the exchange after its last result. Throws the error that this result
    /// reports, and `connection_error` if the connection breaks.
    task<void> read_end(const result& last);
    /// Reads what comes after the last result. Returns false if the connection breaks before the
    /// end.
    task<bool> finish_exchange();

    exclusive_use use_;
    std::optional<result> piece_{};    // none after an error
    std::optional<result> arrived_{};  // what `take_arrived` leaves to `fetch`
    std::int64_t rows_ = 0;            // received so far
    bool at_end_ = false;              // the last result has been read
};

/// Begins a stream for a caller that must not block: when it is left early, the connection is
/// closed at once. Throws what `stream_reader` and `stream_reader::send` throw. Arguments that are
/// passed by reference must outlive the task.
task<std::unique_ptr<stream_reader>> begin_stream(detail::session_pin of, const call_limits& limits,
                                                  const sql_text& sql,
                                                  const detail::argument_view& values);

}  // namespace dsql::pg
