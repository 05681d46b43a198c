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
/// socket; derive from it. It is destroyed just before the socket is closed or given away; if the
/// connection breaks, right after libpq has closed the socket. For a connection of a pool, that may
/// be on another thread, after the operation has ended. So the destructor must be thread-safe and
/// must not call the library.
class DSQL_EXPORT socket_attachment {
public:
    socket_attachment() = default;
    socket_attachment(const socket_attachment&) = delete;
    socket_attachment& operator=(const socket_attachment&) = delete;
    virtual ~socket_attachment();
};

namespace detail {

/// What is behind an operation, whatever its result.
class DSQL_EXPORT operation_base {
public:
    operation_base() = default;
    operation_base(const operation_base&) = delete;
    operation_base& operator=(const operation_base&) = delete;
    virtual ~operation_base();

    virtual wait_for step() noexcept = 0;
    [[nodiscard]] virtual int socket() const noexcept = 0;
    [[nodiscard]] virtual std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept = 0;
    virtual void cancel() noexcept = 0;
    virtual void on_wakeup(std::function<void()> wake) = 0;
    /// Null while the operation has no socket.
    [[nodiscard]] virtual std::shared_ptr<socket_attachment>* attachment() noexcept = 0;
};

template <class T>
class operation_of : public operation_base {
public:
    [[nodiscard]] virtual T take() = 0;
};

}  // namespace detail

/// An operation on a connection or a pool, in steps that never block. An event loop calls `step`,
/// waits for what it returns, and calls it again, until it returns `done`. Then
/// `operation<T>::take` returns the result or throws the error, and the operation should be
/// destroyed.
///
/// It owns what it needs: the statement's text, the values, and the connection's session.
/// Destroying it before its end gives up, without waiting: it leaves the pool's queue, or closes
/// the connection if something was sent. A connection, and a transaction on it, runs one operation
/// at a time; until it has ended, other calls on that connection throw `error`. Limits count from
/// the call of the `start_...` function.
///
/// Movable; one that was moved from may only be destroyed or assigned to. Not thread-safe: the
/// steps may run on different threads, but one after the other.
class any_operation {
public:
    /// Does everything that is possible without blocking, and returns what to wait for; `done` also
    /// when the operation has failed. May be called earlier than that: it then finds nothing to do.
    /// It may leave input unread, so watch the socket level-triggered, or anew after each step. It
    /// may close the socket.
    wait_for step() noexcept { return made_->step(); }

    /// The socket to wait for, which belongs to the connection and may change with each step; -1
    /// for `wait_for::wakeup` and `done`.
    [[nodiscard]] int socket() const noexcept { return made_->socket(); }

    /// The time of the next step at the latest: the earliest of the deadline, `command_timeout`,
    /// `acquire_timeout` and the pauses of a pool; none: no limit. It may change with each step.
    /// The library has no timer: without that step, limits have no effect.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by() const noexcept {
        return made_->step_by();
    }

    /// Sets the function that asks for the next step. Call this before the first step.
    ///
    /// The function is called on any thread, also while a socket is awaited and during a step, and
    /// more often than necessary. The library may hold locks meanwhile, so it must not block,
    /// throw, step or destroy an operation, or call the library. The destructor of the operation
    /// waits for a call under way: hold no lock that the function takes.
    void on_wakeup(std::function<void()> wake) { made_->on_wakeup(std::move(wake)); }

    /// Has the next step end the operation with `cancelled_error`, as a stop token does, or with
    /// its result if that has just arrived. Call `step` afterwards, on the same thread. If a
    /// statement was under way, its connection is closed.
    void cancel() noexcept { made_->cancel(); }

    /// What an event loop keeps with the socket, see `socket_attachment`; null if there is none.
    /// Valid until the next step.
    [[nodiscard]] socket_attachment* attached() const noexcept {
        const std::shared_ptr<socket_attachment>* const place = made_->attachment();
        return place == nullptr ? nullptr : place->get();
    }
    /// Keeps it with the socket, in place of what was kept. Does nothing while the operation has no
    /// socket.
    void attach(std::shared_ptr<socket_attachment> kept) noexcept {
        if (std::shared_ptr<socket_attachment>* const place = made_->attachment()) {
            *place = std::move(kept);
        }
    }

protected:
    /// Takes over what a `start_...` function has made.
    explicit any_operation(std::unique_ptr<detail::operation_base> made) noexcept
        : made_(std::move(made)) {}
    any_operation(any_operation&&) noexcept = default;
    any_operation& operator=(any_operation&&) noexcept = default;
    ~any_operation() = default;

    /// What was taken over.
    [[nodiscard]] detail::operation_base& made() const noexcept { return *made_; }

private:
    std::unique_ptr<detail::operation_base> made_;
};

/// An operation whose result is a `T`. @see any_operation
template <class T>
class operation : public any_operation {
public:
    /// Takes over what a `start_...` function has made; not for programs.
    explicit operation(std::unique_ptr<detail::operation_of<T>> made) noexcept
        : any_operation(std::move(made)) {}

    /// Returns the result, or throws what the operation has failed with: what the blocking function
    /// throws. Call it once, after `done`; before, it throws `error`.
    [[nodiscard]] T take() { return static_cast<detail::operation_of<T>&>(made()).take(); }
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

/// Runs one statement, as `query` does. `on` is a connection, a transaction or a pool. Give the
/// result to `rows<Ts...>` for typed rows.
///
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
template <class On, class... Vs>
[[nodiscard]] operation<result> start_query(On& on, sql_text sql, const Vs&... values) {
    return start_query(on, call_limits(), sql, values...);
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

namespace detail {

DSQL_EXPORT operation<void> start_commit(std::shared_ptr<transaction> ending,
                                         const call_limits& limits, source_location where);
DSQL_EXPORT operation<void> start_rollback(std::shared_ptr<transaction> ending,
                                           const call_limits& limits, source_location where);

}  // namespace detail

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
