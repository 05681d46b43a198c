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

    /// Sends nothing yet. Throws where the statement must not run.
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
    /// The limits of the call that started it.
    [[nodiscard]] const call_limits& limits() const noexcept { return limits_; }
    /// The statement. May also be called after the end.
    ///@{
    [[nodiscard]] const detail::statement_origin& origin() const noexcept { return origin_; }
    [[nodiscard]] sql_text statement() const noexcept { return {origin_.sql, origin_.where}; }
    ///@}

    /// Sends the statement. Throws as a statement does.
    task<void> send(const detail::argument_view& values);

    /// To be called before each part of the exchange. Throws `connection_error` when the connection
    /// was closed or given away, and `error` in a forked child or in a handler of the connection.
    void require_under_way() const;
    /// To be called in a handler of what a part of the exchange has thrown: it has ended with that
    /// failure. Throws what the failure means for the statement.
    [[noreturn]] void fail();

    /// Waits for a part of the exchange, which may end it, and returns what it returns.
    template <class T>
    T wait(task<T> part, const call_limits& limits) {
        const detail::session_pin keep = session_;  // the part's memory is the session's
        return keep->wait_for_part(std::move(part), limits);
    }
    template <class T>
    T wait(task<T> part) {
        return wait(std::move(part), limits_);
    }

    /// Ends the exclusive use with success, after `rows` rows. The connection is free again, and
    /// returns to its pool if nothing else pins it.
    void end(std::int64_t rows) noexcept;

    /// Ends one of which not all has been read: reads on within a `drain_budget`, else closes the
    /// connection. `fetch` returns the task of reading a chunk, which returns its size; `rows` says
    /// how many rows have come. In a forked child it does nothing, because the exchange is the
    /// parent's.
    template <class Fetch, class Rows>
    void leave(Fetch fetch, Rows rows) noexcept {
        if (!is_active() || session_->is_in_child()) {
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
    const char* under_way_;
    std::optional<observed_statement> observed_{};
};

}  // namespace dsql::pg
