// SPDX-License-Identifier: Apache-2.0
// Operations in steps that never block, for programs with an event loop of their own. dsql/asio.hpp
// runs them on Boost.Asio.
#pragma once

#include <dsql/batch.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/connection.hpp>
#include <dsql/detail/owned_statement.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/export.hpp>
#include <dsql/pool.hpp>
#include <dsql/pooled_connection.hpp>
#include <dsql/result.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>
#include <dsql/statement.hpp>
#include <dsql/transaction.hpp>
#include <dsql/wait_for.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace dsql {

/// What an event loop keeps with the socket of a connection, such as its registration of the
/// socket; derive from it. It is destroyed just before the socket is closed.
class DSQL_EXPORT socket_attachment {
public:
    socket_attachment() = default;
    socket_attachment(const socket_attachment&) = delete;
    socket_attachment& operator=(const socket_attachment&) = delete;
    virtual ~socket_attachment();
};

namespace detail {

/// What an event loop does with an operation, whatever its result.
class DSQL_EXPORT operation_base {
public:
    operation_base() = default;
    operation_base(const operation_base&) = delete;
    operation_base& operator=(const operation_base&) = delete;
    virtual ~operation_base();

    virtual wait_for step() = 0;
    [[nodiscard]] virtual int socket() const noexcept = 0;
    [[nodiscard]] virtual std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept = 0;
    virtual void cancel() noexcept = 0;
    virtual void on_wakeup(std::function<void()> wake) = 0;
    [[nodiscard]] virtual std::shared_ptr<socket_attachment>* attachment() noexcept = 0;
};

template <class T>
class operation_of : public operation_base {
public:
    [[nodiscard]] virtual T take() = 0;
};

}  // namespace detail

/// An operation on a connection or a pool, in steps that never block. An event loop calls `step`,
/// waits for what it returns, and calls it again, until it returns `done`; then `take` returns the
/// result. An exception of `step` ends the operation.
///
/// It owns what it needs: the statement's text, the values, and the connection's session.
/// Destroying it before its end gives up: it leaves the pool's queue, or closes the connection if
/// something was sent. Movable. Not thread-safe: the steps may run on different threads, but one
/// after the other.
template <class T>
class operation {
public:
    /// Takes over what a `start_...` function has made; not for programs.
    explicit operation(std::unique_ptr<detail::operation_of<T>> made) noexcept
        : made_(std::move(made)) {}

    /// Does everything that is possible without blocking, and returns what to wait for. May be
    /// called earlier than that: it then finds nothing to do. Throws what the operation throws.
    wait_for step() { return made_->step(); }

    /// The socket to wait for, which belongs to the connection and may change with each step; -1
    /// for `wait_for::wakeup`.
    [[nodiscard]] int socket() const noexcept { return made_->socket(); }

    /// The time of the next step at the latest, at which a deadline has passed; none: no limit. It
    /// may change with each step.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by() const noexcept {
        return made_->step_by();
    }

    /// Sets the function that asks for the next step: after `wait_for::wakeup`, and when a stop
    /// token of the operation requests a stop. It is called on any thread, may be called once more
    /// than necessary and up to the destruction of the operation, must not block, throw or call the
    /// library. Call this before the first step.
    void on_wakeup(std::function<void()> wake) { made_->on_wakeup(std::move(wake)); }

    /// Has the next step end the operation with `cancelled_error`, as a stop token does. Call
    /// `step` afterwards. If a statement was under way, its connection is closed.
    void cancel() noexcept { made_->cancel(); }

    /// The result. Call it once, after `done`.
    [[nodiscard]] T take() { return made_->take(); }

    /// What an event loop keeps with the socket, see `socket_attachment`. Null while the operation
    /// has no socket.
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept {
        return made_->attachment();
    }

private:
    std::unique_ptr<detail::operation_of<T>> made_;
};

namespace detail {

DSQL_EXPORT operation<result> start_statement(session_pin on, const call_limits& limits,
                                              owned_statement sql);
DSQL_EXPORT operation<result> start_statement(pool& on, const call_limits& limits,
                                              owned_statement sql);
DSQL_EXPORT operation<batch_results> start_batch(session_pin on, const call_limits& limits,
                                                 batch statements);
DSQL_EXPORT operation<batch_results> start_batch(pool& on, const call_limits& limits,
                                                 batch statements);
DSQL_EXPORT session_pin pin_of(connection& on);
DSQL_EXPORT session_pin pin_of(transaction& on);
/// Closes the connection of a transaction that is still open: nothing has to be waited for.
DSQL_EXPORT void abandon(transaction& open) noexcept;
DSQL_EXPORT operation<statement> start_prepare(session_pin on, const call_limits& limits,
                                               owned_statement sql);

}  // namespace detail

/// Runs one statement, as `query` does. `on` is a connection, a transaction or a pool.
/// Values are copied, and text of any type as a `std::string`; only what a `std::span` or a
/// `std::reference_wrapper` refers to is not, and has to outlive the operation.
///@{
template <class... Vs>
[[nodiscard]] operation<result> start_query(connection& on, const call_limits& limits, sql_text sql,
                                            const Vs&... values) {
    return detail::start_statement(detail::pin_of(on), limits,
                                   detail::own_statement(sql, values...));
}
template <class... Vs>
[[nodiscard]] operation<result> start_query(transaction& on, const call_limits& limits,
                                            sql_text sql, const Vs&... values) {
    return detail::start_statement(detail::pin_of(on), limits,
                                   detail::own_statement(sql, values...));
}
template <class... Vs>
[[nodiscard]] operation<result> start_query(pool& on, const call_limits& limits, sql_text sql,
                                            const Vs&... values) {
    return detail::start_statement(on, limits, detail::own_statement(sql, values...));
}
///@}

/// Runs a batch, as `run` does. `on` is a connection, a transaction or a pool.
///@{
[[nodiscard]] DSQL_EXPORT operation<batch_results> start_batch(connection& on,
                                                               const call_limits& limits,
                                                               batch statements);
[[nodiscard]] DSQL_EXPORT operation<batch_results> start_batch(transaction& on,
                                                               const call_limits& limits,
                                                               batch statements);
[[nodiscard]] DSQL_EXPORT operation<batch_results> start_batch(pool& on, const call_limits& limits,
                                                               batch statements);
///@}

/// Acquires a connection of a pool, as `pool::acquire` does. Waits in the same queue.
[[nodiscard]] DSQL_EXPORT operation<pooled_connection> start_acquire(
    pool& from, const call_limits& limits = {}, source_location where = source_location::current());

/// Begins a transaction, as `begin` does, on a connection or on one of a pool, which goes back to
/// it when the transaction is over.
///@{
[[nodiscard]] DSQL_EXPORT operation<transaction> start_begin(
    connection& on, const call_limits& limits = {}, const transaction_options& options = {},
    source_location where = source_location::current());
[[nodiscard]] DSQL_EXPORT operation<transaction> start_begin(
    pool& on, const call_limits& limits = {}, const transaction_options& options = {},
    source_location where = source_location::current());
///@}

/// Commits, as `transaction::commit` does. The transaction has to outlive the operation.
[[nodiscard]] DSQL_EXPORT operation<void> start_commit(
    transaction& ending, const call_limits& limits = {},
    source_location where = source_location::current());

/// Rolls back, as `transaction::rollback` does. The transaction has to outlive the operation.
[[nodiscard]] DSQL_EXPORT operation<void> start_rollback(
    transaction& ending, const call_limits& limits = {},
    source_location where = source_location::current());

/// Makes one round trip to the server, as `ping` does, on a connection or on one of a pool.
///@{
[[nodiscard]] DSQL_EXPORT operation<void> start_ping(
    connection& on, const call_limits& limits = {},
    source_location where = source_location::current());
[[nodiscard]] DSQL_EXPORT operation<void> start_ping(
    pool& on, const call_limits& limits = {}, source_location where = source_location::current());
///@}

/// Connects until the pool has so many connections, as `pool::warm_up` does, on a thread of the
/// pool.
[[nodiscard]] DSQL_EXPORT operation<void> start_warm_up(pool& on, int connections,
                                                        std::chrono::milliseconds timeout);

/// Closes a pool on a thread of its own, as `pool::close(timeout)` does; the result is the number
/// of connections that are still in use. Of a pool that was closed before, it waits for nothing.
[[nodiscard]] DSQL_EXPORT operation<int> start_close(pool& on, std::chrono::milliseconds timeout);

/// Prepares a statement, as `connection::prepare` does.
[[nodiscard]] DSQL_EXPORT operation<statement> start_prepare(connection& on,
                                                             const call_limits& limits,
                                                             sql_text sql);

}  // namespace dsql
