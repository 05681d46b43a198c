// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/bulk_operation.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/copy.hpp>
#include <dsql/detail/asio/async_call.hpp>
#include <dsql/detail/named_object.hpp>
#include <dsql/detail/owned_statement.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/system_executor.hpp>

#include <cstdint>
#include <string_view>
#include <utility>

namespace dsql {

/// The rows of a query as they arrive, in constant memory:
///
///     auto rows = co_await db.stream<int, std::string>("SELECT id, name FROM users");
///     while (co_await rows.next()) {
///         for (auto [id, name] : rows) { ... }
///     }
///
/// `next` waits for the next chunk of rows; the object is then a range over that chunk. Each row is
/// a tuple of `Ts...`, or the aggregate for one aggregate type. Views among the values are valid
/// until the next chunk.
///
/// The connection runs no other statement until the last chunk has been read or the stream is
/// closed. Until then, the stream keeps the session alive, and a pool's connection out of its pool.
/// The destructor of a stream that was not read to its end closes the connection, because it cannot
/// wait for the rest; `close` reads it. Movable, but not during a call. Belongs to one thread at a
/// time.
template <class... Ts>
class async_row_stream {
public:
    /// The type of a row.
    using row_type = typename row_chunks<Ts...>::row_type;

    /// For handlers that get an exception: has no rows.
    async_row_stream() = default;
    /// Made by `async_bulk_functions::stream`.
    async_row_stream(detail::chunk_source begun, boost::asio::any_io_executor executor)
        : rows_(std::move(begun)), executor_(std::move(executor)) {}

    /// Waits for the next chunk. Its result is true, or false when there are no more rows. Fails
    /// with `server_error`, `connection_error`, `timeout_error` or `cancelled_error`; the stream
    /// has then ended.
    auto next() { return async_call<bool>(rows_.start_next(), {}, executor_); }
    /// Reads the rest of the rows and discards them, so that the connection can be used again.
    auto close() { return async_call<void, void>(rows_.start_close(), {}, executor_); }

    /// The rows of the current chunk. Throws `conversion_error` where the columns do not match
    /// `Ts...` or a value does not fit.
    [[nodiscard]] auto begin() & { return rows_.begin(); }
    void begin() && = delete;
    /// The end of the rows of the current chunk.
    [[nodiscard]] auto end() const noexcept { return rows_.end(); }

private:
    row_chunks<Ts...> rows_{};
    boost::asio::any_io_executor executor_ = boost::asio::system_executor();
};

/// The rows of a COPY ... TO STDOUT as they arrive, in constant memory. Used like an
/// `async_row_stream`, but it has no `close`.
template <class... Ts>
class async_copy_rows {
public:
    /// The type of a row.
    using row_type = typename copy_chunks<Ts...>::row_type;

    /// For handlers that get an exception: has no rows.
    async_copy_rows() = default;
    /// Made by `async_bulk_functions::copy_out`. Throws `conversion_error` where the columns do not
    /// match `Ts...`.
    async_copy_rows(detail::copy_source begun, boost::asio::any_io_executor executor)
        : rows_(std::move(begun)), executor_(std::move(executor)) {}

    /// Waits for the next chunk. Its result is true, or false when there are no more rows. Fails as
    /// `async_row_stream::next` does.
    auto next() { return async_call<bool>(rows_.start_next(), {}, executor_); }

    /// The rows of the current chunk; can be iterated once. Throws `conversion_error` for a value
    /// that does not fit.
    [[nodiscard]] auto begin() & { return rows_.begin(); }
    void begin() && = delete;
    /// The end of the rows of the current chunk.
    [[nodiscard]] auto end() const noexcept { return rows_.end(); }

private:
    copy_chunks<Ts...> rows_{};
    boost::asio::any_io_executor executor_ = boost::asio::system_executor();
};

/// A running COPY ... FROM STDIN:
///
///     const dsql::copy_target target{.table = "users", .columns = {"id", "name"}};
///     auto copy = co_await db.copy_in(target);
///     for (const user& one : users) {
///         copy.row(one.id, one.name);
///         if (copy.is_full()) { co_await copy.send(); }
///     }
///     const std::int64_t copied = co_await copy.finish();
///
/// Nothing is copied unless `finish` succeeds. Otherwise the destructor closes the connection, and
/// the server aborts the COPY. The connection runs no other statement until the COPY has ended.
/// Until then, it keeps the session alive, and a pool's connection out of its pool. Movable, but
/// not during a call. Belongs to one thread at a time.
class async_copy_writer {
public:
    /// For handlers that get an exception: over from the beginning.
    async_copy_writer() = default;
    /// Made by `async_bulk_functions::copy_in`.
    async_copy_writer(copy_buffer begun, boost::asio::any_io_executor executor)
        : rows_(std::move(begun)), executor_(std::move(executor)) {}

    /// Adds a row to what is sent next. @see copy_writer::row for the values and what it throws
    template <class... Vs>
    void row(const Vs&... values) {
        rows_.row(values...);
    }
    /// Adds data in the COPY's own format to what is sent next.
    void append(std::string_view data) { rows_.append(data); }
    /// Whether 64 KiB have been collected, so that `send` should follow. Without it, the memory
    /// grows with each row.
    [[nodiscard]] bool is_full() const noexcept { return rows_.is_full(); }

    /// Sends what was collected. Fails with `connection_error`, `timeout_error` or
    /// `cancelled_error`; the COPY has then ended.
    auto send() { return async_call<void, void>(rows_.start_send(), {}, executor_); }
    /// Sends the rest and waits for the result, the number of rows copied. @see copy_writer::finish
    auto finish() { return async_call<std::int64_t>(rows_.start_finish(), {}, executor_); }

private:
    copy_buffer rows_{};
    boost::asio::any_io_executor executor_ = boost::asio::system_executor();
};

/// Reads and writes many rows as `bulk_functions` does, without blocking: each function returns a
/// call to be awaited, see `async_call`. The base class of `async_connection`, `async_transaction`
/// and `async_pool`. Limits apply to the whole stream or COPY until its end, and also to a pool's
/// acquire.
template <class Self>
class async_bulk_functions {
public:
    /// Runs a query and returns its rows as they arrive. @see async_row_stream
    ///@{
    template <class T, class... Ts, class... Vs>
    auto stream(const call_limits& limits, sql_text sql, const Vs&... values) {
        return begin<async_row_stream<T, Ts...>>(
            detail::start_stream(self().place(), limits, detail::own_statement(sql, values...)));
    }
    template <class T, class... Ts, class... Vs>
    auto stream(sql_text sql, const Vs&... values) {
        return stream<T, Ts...>(call_limits(), sql, values...);
    }
    ///@}

    /// Begins a COPY into a table, for rows or for data. The target is copied, but must have a
    /// name: a temporary does not compile, because g++ 12 could not await such a call. @see
    /// async_copy_writer
    ///@{
    auto copy_in(const call_limits& limits, detail::named_object<copy_target> target,
                 source_location where = source_location::current()) {
        return begin<async_copy_writer>(
            detail::start_copy_in(self().place(), limits, *target, where));
    }
    auto copy_in(detail::named_object<copy_target> target,
                 source_location where = source_location::current()) {
        return copy_in(call_limits(), target, where);
    }
    ///@}
    /// Begins a COPY with the caller's own `COPY ... FROM STDIN` statement, for data in the format
    /// that it names. @see async_copy_writer
    ///@{
    auto copy_in(const call_limits& limits, sql_text sql) {
        return begin<async_copy_writer>(
            detail::start_copy_in(self().place(), limits, detail::own_statement(sql)));
    }
    auto copy_in(sql_text sql) { return copy_in(call_limits(), sql); }
    ///@}

    /// Copies a table out as rows of `T, Ts...`, always in binary format. As for `copy_in`, the
    /// target must have a name. @see async_copy_rows
    ///@{
    template <class T, class... Ts>
    auto copy_out(const call_limits& limits, detail::named_object<copy_target> target,
                  source_location where = source_location::current()) {
        return begin<async_copy_rows<T, Ts...>>(
            detail::start_copy_out(self().place(), limits, *target, where));
    }
    template <class T, class... Ts>
    auto copy_out(detail::named_object<copy_target> target,
                  source_location where = source_location::current()) {
        return copy_out<T, Ts...>(call_limits(), target, where);
    }
    ///@}

protected:
    async_bulk_functions() = default;
    async_bulk_functions(const async_bulk_functions&) = default;
    async_bulk_functions& operator=(const async_bulk_functions&) = default;
    ~async_bulk_functions() = default;

private:
    [[nodiscard]] Self& self() noexcept { return static_cast<Self&>(*this); }

    template <class Made, class Begun>
    auto begin(operation<Begun> opening) {
        return async_call<Made, Begun, detail::with_executor<Made>>(
            std::move(opening), {self().get_executor()}, self().get_executor());
    }
};

}  // namespace dsql
