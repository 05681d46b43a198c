// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/arguments.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/sql_text.hpp>

#include "pg/session/observed_statement.hpp"
#include "pg/session/session.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace dsql::pg {

/// Limits how much of a stream or COPY is read after the program has left it early. The rest is
/// read so that the connection can be used again, because DSQL cannot cancel a statement. Reading
/// everything could take forever. Data that was read before does not count.
class drain_budget {
public:
    /// Whether another chunk may be read.
    [[nodiscard]] bool has_budget() const noexcept { return read_ <= most_bytes; }
    /// Counts a chunk for which the server sent `size` bytes.
    void add(std::size_t size) noexcept { read_ += size; }
    [[nodiscard]] const call_limits& limits() const noexcept { return limits_; }

private:
    static constexpr std::size_t most_bytes = 1'048'576;

    call_limits limits_{within{std::chrono::seconds(1)}};
    std::size_t read_ = 0;
};

/// Throws `error` for a statement that may write, outside a transaction. If the program left such a
/// stream or COPY early and its connection were closed, the server would undo the writes, and no
/// error would report that. Inside a transaction, the commit fails then.
void require_streamable(const session& of, const sql_text& sql);

/// The exclusive use of a connection by a stream or COPY. From the start of its statement until its
/// end, no other statement may run. Pins the session during that time, and notifies the observer of
/// the start and the end. Belongs to the session's thread.
class exclusive_use {
public:
    /// Names the stream or COPY in messages. Both are string literals.
    struct purpose {
        const char* busy_with;  ///< "occupied by ..."
        const char* under_way;  ///< "closed while ..."
    };

    /// Begins the exclusive use and sends nothing yet. Throws what `session::begin_exclusive`
    /// throws.
    exclusive_use(detail::session_pin of, const call_limits& limits, const sql_text& sql,
                  const detail::argument_view& values, const purpose& why);
    exclusive_use(exclusive_use&&) noexcept = default;
    exclusive_use& operator=(exclusive_use&&) = delete;
    exclusive_use(const exclusive_use&) = delete;
    exclusive_use& operator=(const exclusive_use&) = delete;
    /// Closes the connection if the exclusive use has not ended.
    ~exclusive_use();

    /// Whether the exclusive use has not ended. The functions below may be called only then, unless
    /// they say otherwise.
    [[nodiscard]] bool is_active() const noexcept { return static_cast<bool>(session_); }
    [[nodiscard]] pg::session& session() const noexcept { return *session_; }
    [[nodiscard]] const detail::session_pin& pin() const noexcept { return session_; }
    [[nodiscard]] pg_conn* handle() const noexcept { return session_->handle(); }
    /// The memory for frames of tasks; null after the end.
    [[nodiscard]] frame_cache* frames() const noexcept {
        return session_ ? session_->frames() : nullptr;
    }
    /// The limits of the call that started it.
    [[nodiscard]] const call_limits& limits() const noexcept { return limits_; }
    /// The statement. May also be called after the end.
    ///@{
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return origin_; }
    [[nodiscard]] sql_text statement() const noexcept {
        return prepared_ ? sql_text(*prepared_, origin_.where)
                         : sql_text(origin_.sql, origin_.where);
    }
    ///@}

    /// Sends the statement and does not wait for its result. Throws what `session::execute` throws;
    /// the exclusive use then ends. This object and `values` must outlive the task.
    task<void> send(const detail::argument_view& values);

    /// Whether `require_under_way` would not throw.
    [[nodiscard]] bool is_under_way() const noexcept {
        return session_->is_open() && !session_->is_in_child() && !session_->is_in_handler();
    }
    /// Call it before each part of the exchange. Throws `connection_error` if the connection was
    /// closed or released. Throws `error` in a forked child, and in the notice handler or observer
    /// of the connection.
    void require_under_way() const;
    /// Whether a limit has been reached, so that the next part must not go on.
    [[nodiscard]] bool has_reached_limit() const {
        return session_->reached_limit(limits_).has_value();
    }
    /// Call it in the `catch` block around a part of the exchange. Ends the exclusive use with the
    /// current exception, and throws what `session::rethrow_failure` throws.
    [[noreturn]] void fail();

    /// Runs a part of the exchange to its end and returns its result. The part may end the
    /// exclusive use. Throws what the part throws, which then has called `fail`.
    template <class T>
    T wait(task<T> part, const call_limits& limits) {
        const detail::session_pin keep = session_;  // the session owns the memory of `part`
        return keep->wait_for_part(std::move(part), limits);
    }
    template <class T>
    T wait(task<T> part) {
        return wait(std::move(part), limits_);
    }

    /// Ends the exclusive use with success, after `rows` rows. The connection is free again, and
    /// returns to its pool if nothing else pins it.
    void end(std::int64_t rows) noexcept;

    /// Ends the exclusive use by closing the connection. Does nothing after the end.
    void give_up() noexcept;

    /// From now on, a stream or COPY that is left early closes the connection and waits for
    /// nothing. For callers that must not block.
    void leave_at_once() noexcept { waits_when_left_ = false; }
    [[nodiscard]] bool waits_when_left() const noexcept { return waits_when_left_; }

    /// Ends a stream or COPY that was not read to its end. Reads the rest within a `drain_budget`,
    /// and closes the connection if that is not enough. `fetch` returns a task that reads a chunk
    /// and returns the size of the chunk. `rows` returns how many rows were read. Does nothing in a
    /// forked child, because the exchange belongs to the parent.
    template <class Fetch, class Rows>
    void leave(Fetch fetch, Rows rows) noexcept {
        if (!is_active() || !waits_when_left_ || session_->is_in_child()) {
            return;
        }
        drain_budget leaving;
        try {
            while (is_active() && leaving.has_budget()) {
                leaving.add(wait(fetch(), leaving.limits()));
            }
        } catch (...) {
            return;  // `fail` has ended it
        }
        if (is_active()) {
            session_->close();
            end(rows());
        }
    }

private:
    detail::session_pin session_;  // none once it has ended
    call_limits limits_;
    detail::statement_origin origin_;
    std::optional<dsql::statement> prepared_;  // the statement, if the program has prepared it
    const char* under_way_;
    bool waits_when_left_ = true;
    std::optional<observed_statement> observed_{};
};

}  // namespace dsql::pg
