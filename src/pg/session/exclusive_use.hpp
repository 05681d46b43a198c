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

/// How far a stream or COPY that is left early is read on, so that its connection can be used
/// again: DSQL cannot be told to stop, and reading everything could take for ever. What has been
/// handed out before does not count.
class drain_budget {
public:
    /// Whether another chunk may be read.
    [[nodiscard]] bool has_budget() const noexcept { return read_ <= most_bytes; }
    /// Notes that a chunk has been read that the server sent as that many bytes.
    void add(std::size_t size) noexcept { read_ += size; }
    [[nodiscard]] const call_limits& limits() const noexcept { return limits_; }

private:
    static constexpr std::size_t most_bytes = 1'048'576;

    call_limits limits_{within{std::chrono::seconds(1)}};
    std::size_t read_ = 0;
};

/// Throws `error` for a statement that may write, outside a transaction: a stream or COPY of its
/// rows that is left early and closed would undo what it has written, without an error anywhere.
/// Inside a transaction the transaction's end tells.
void require_streamable(const session& of, const sql_text& sql);

/// A connection while a stream or COPY has it to itself: from the sending of its statement until
/// its end no other statement may run. Pins the session meanwhile, and tells the observer of the
/// start and of the end. Belongs to the session's thread.
class exclusive_use {
public:
    /// What has the connection to itself, for messages: both are literals.
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
    /// One that has not ended closes the connection.
    ~exclusive_use();

    /// Whether it has not ended. What is below is to be called only then.
    [[nodiscard]] bool is_active() const noexcept { return static_cast<bool>(session_); }
    [[nodiscard]] pg::session& session() const noexcept { return *session_; }
    [[nodiscard]] const detail::session_pin& pin() const noexcept { return session_; }
    [[nodiscard]] pg_conn* handle() const noexcept { return session_->handle(); }
    /// The limits of the call that began it.
    [[nodiscard]] const call_limits& limits() const noexcept { return limits_; }
    /// The statement; also after the end.
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

    /// Ends it as it should, after so many rows: the connection is free again, and goes back to its
    /// pool if nothing else pins it.
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
