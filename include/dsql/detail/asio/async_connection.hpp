// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/config.hpp>
#include <dsql/connection.hpp>
#include <dsql/detail/asio/async_bulk_functions.hpp>
#include <dsql/detail/asio/async_call.hpp>
#include <dsql/detail/asio/async_query_functions.hpp>
#include <dsql/detail/reset_by_move.hpp>
#include <dsql/error.hpp>
#include <dsql/operation.hpp>
#include <dsql/pool.hpp>
#include <dsql/pool_options.hpp>
#include <dsql/pooled_connection.hpp>
#include <dsql/source_location.hpp>
#include <dsql/statement.hpp>
#include <dsql/transaction.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/system_executor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace dsql {

/// A transaction whose functions do not block. It is begun by `begin` and ends by `commit`,
/// `rollback` or its destructor. The destructor of one that is still open closes its connection,
/// which rolls it back: a destructor cannot wait for the server. Movable; belongs to one thread at
/// a time.
class async_transaction : public async_query_functions<async_transaction>,
                          public async_bulk_functions<async_transaction> {
public:
    /// The type of the executor.
    using executor_type = boost::asio::any_io_executor;

    /// For handlers that get an exception: over from the beginning.
    async_transaction() = default;
    async_transaction(async_transaction&&) noexcept = default;
    /// Ends what it has, as the destructor does, and takes over the other transaction.
    async_transaction& operator=(async_transaction&& other) noexcept {
        if (this != &other) {
            abandon();
            begun_ = std::move(other.begun_);
            executor_ = std::move(other.executor_);
        }
        return *this;
    }
    ~async_transaction() { abandon(); }

    /// Makes the transaction's changes permanent. See `transaction::commit`.
    auto commit(const call_limits& limits = {},
                source_location where = source_location::current()) {
        return async_call<void, void>(detail::start_commit(shared(), limits, where), {}, executor_);
    }
    /// Discards the transaction's changes. See `transaction::rollback`.
    auto rollback(const call_limits& limits = {},
                  source_location where = source_location::current()) {
        return async_call<void, void>(detail::start_rollback(shared(), limits, where), {},
                                      executor_);
    }
    /// Whether it was begun, and not moved from. It may be over.
    [[nodiscard]] bool has_begun() const noexcept { return begun_ != nullptr; }
    /// Whether it is still open: neither committed nor rolled back.
    [[nodiscard]] bool is_active() const noexcept { return begun_ && begun_->is_active(); }

    /// The transaction. Its own functions block.
    [[nodiscard]] transaction& blocking() { return begun(); }
    /// What runs calls where a handler has no executor of its own.
    [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

private:
    friend class async_query_functions<async_transaction>;
    friend class async_bulk_functions<async_transaction>;
    friend struct detail::with_executor<async_transaction>;

    async_transaction(transaction begun, boost::asio::any_io_executor executor)
        : begun_(std::make_shared<transaction>(std::move(begun))), executor_(std::move(executor)) {}

    [[nodiscard]] transaction& begun() {
        if (!begun_) {
            throw error("the transaction was moved from, or did not begin");
        }
        return *begun_;
    }
    [[nodiscard]] const std::shared_ptr<transaction>& shared() {
        static_cast<void>(begun());
        return begun_;
    }
    void abandon() noexcept {
        if (begun_) {
            detail::abandon(*begun_);
        }
    }
    [[nodiscard]] detail::session_pin place() { return detail::pin_of(begun()); }

    // Shared with a commit or rollback under way.
    std::shared_ptr<transaction> begun_{};
    boost::asio::any_io_executor executor_ = boost::asio::system_executor();
};

/// A connection whose functions do not block: one of its own, or one of a pool, to which its
/// destructor gives it back. Movable; belongs to one thread at a time.
class async_connection : public async_query_functions<async_connection>,
                         public async_bulk_functions<async_connection> {
public:
    /// The type of the executor.
    using executor_type = boost::asio::any_io_executor;

    /// For handlers that get an exception: empty.
    async_connection() = default;
    /// Takes over a connection. Where a handler has no executor of its own, `executor` runs its
    /// calls.
    explicit async_connection(
        connection open, boost::asio::any_io_executor executor = boost::asio::system_executor())
        : own_(std::move(open)), executor_(std::move(executor)) {}
    explicit async_connection(pooled_connection acquired, boost::asio::any_io_executor executor =
                                                              boost::asio::system_executor())
        : pooled_(std::move(acquired)), executor_(std::move(executor)) {}

    /// Begins a transaction. See `connection::begin`.
    auto begin(const call_limits& limits = {}, const transaction_options& options = {},
               source_location where = source_location::current()) {
        return async_call<async_transaction, transaction, detail::with_executor<async_transaction>>(
            start_begin(blocking(), limits, options, where), {executor_}, executor_);
    }
    /// Prepares a statement. See `connection::prepare`.
    ///@{
    auto prepare(const call_limits& limits, sql_text sql) {
        return async_call<statement>(start_prepare(blocking(), limits, sql), {}, executor_);
    }
    auto prepare(sql_text sql) { return prepare(call_limits(), sql); }
    ///@}
    /// Whether it has a connection that is open.
    [[nodiscard]] bool is_open() const noexcept {
        return own_ ? own_->is_open() : pooled_ && (*pooled_)->is_open();
    }
    /// Gives a pool's connection back, and closes one of its own. It is empty afterwards.
    void release() noexcept {
        own_.reset();
        pooled_.reset();
    }
    /// Makes one round trip to the server. See `connection::ping`.
    auto ping(const call_limits& limits = {}, source_location where = source_location::current()) {
        return async_call<void, void>(start_ping(blocking(), limits, where), {}, executor_);
    }

    /// The connection. Its own functions block. Throws `error` for one that is empty.
    [[nodiscard]] connection& blocking() {
        if (own_) {
            return *own_;
        }
        if (!pooled_) {
            throw error("the asynchronous connection is empty");
        }
        return **pooled_;
    }
    /// What runs calls where a handler has no executor of its own.
    [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

private:
    friend class async_query_functions<async_connection>;
    friend class async_bulk_functions<async_connection>;

    [[nodiscard]] detail::session_pin place() { return detail::pin_of(blocking()); }

    std::optional<connection> own_{};
    std::optional<pooled_connection> pooled_{};
    boost::asio::any_io_executor executor_ = boost::asio::system_executor();
};

/// A pool whose functions do not block. It shares a `pool` with blocking callers: both wait in the
/// same queue. Its functions may be called on any thread.
class async_pool : public async_query_functions<async_pool>,
                   public async_bulk_functions<async_pool> {
public:
    /// The type of the executor.
    using executor_type = boost::asio::any_io_executor;

    /// Uses a pool, which has to outlive this object. Where a handler has no executor of its own,
    /// `executor` runs its calls.
    explicit async_pool(pool& shared,
                        boost::asio::any_io_executor executor = boost::asio::system_executor())
        : executor_(std::move(executor)) {
        pool_.value = &shared;
    }
    /// Makes a pool of its own. See `pool::pool` for what it throws.
    explicit async_pool(const config& settings, const pool_options& options = {},
                        boost::asio::any_io_executor executor = boost::asio::system_executor())
        : own_(std::make_unique<pool>(settings, options)), executor_(std::move(executor)) {
        pool_.value = own_.get();
    }

    /// Acquires a connection. See `pool::acquire`.
    auto acquire(const call_limits& limits = {},
                 source_location where = source_location::current()) {
        return async_call<async_connection, pooled_connection,
                          detail::with_executor<async_connection>>(
            start_acquire(place(), limits, where), {executor_}, executor_);
    }
    /// Begins a transaction on a connection that goes back to the pool at its end. See
    /// `pool::begin`.
    auto begin(const call_limits& limits = {}, const transaction_options& options = {},
               source_location where = source_location::current()) {
        return async_call<async_transaction, transaction, detail::with_executor<async_transaction>>(
            start_begin(place(), limits, options, where), {executor_}, executor_);
    }
    /// Makes one round trip to the server. See `pool::ping`.
    auto ping(const call_limits& limits = {}, source_location where = source_location::current()) {
        return async_call<void, void>(start_ping(place(), limits, where), {}, executor_);
    }

    /// Connects until the pool has so many connections. See `pool::warm_up`.
    auto warm_up(int connections, std::chrono::milliseconds timeout) {
        return async_call<void, void>(start_warm_up(place(), connections, timeout), {}, executor_);
    }
    /// Closes the pool, then waits until all connections have been given back, or until `timeout`
    /// after the call. Its result is the number of those that are still in use. See `pool::close`.
    /// Of a pool that was closed before, it waits for nothing.
    auto close(std::chrono::milliseconds timeout) {
        return async_call<int>(start_close(place(), timeout), {}, executor_);
    }

    /// The pool's counts at this moment.
    [[nodiscard]] pool_stat stat() const { return blocking().stat(); }
    /// Replaces every connection. See `pool::reset`.
    void reset() { blocking().reset(); }

    /// The pool. Its own functions block. Throws `error` if this object was moved from, as all
    /// others do.
    [[nodiscard]] pool& blocking() const {
        if (pool_.value == nullptr) {
            throw error("the async_pool was moved from");
        }
        return *pool_.value;
    }
    /// What runs calls where a handler has no executor of its own.
    [[nodiscard]] const executor_type& get_executor() const noexcept { return executor_; }

private:
    friend class async_query_functions<async_pool>;
    friend class async_bulk_functions<async_pool>;

    [[nodiscard]] pool& place() const { return blocking(); }

    std::unique_ptr<pool> own_{};
    detail::reset_by_move<pool*> pool_{};
    boost::asio::any_io_executor executor_;
};

}  // namespace dsql
