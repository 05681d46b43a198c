// SPDX-License-Identifier: Apache-2.0
// Streams and COPYs in steps that never block, for programs with an event loop of their own.
// dsql/asio.hpp runs them on Boost.Asio.
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/copy.hpp>
#include <dsql/copy_rows.hpp>
#include <dsql/detail/copy_row.hpp>
#include <dsql/detail/input_iterator.hpp>
#include <dsql/detail/owned_statement.hpp>
#include <dsql/detail/reset_by_move.hpp>
#include <dsql/detail/row_reader.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/operation.hpp>
#include <dsql/row_stream.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace dsql {

namespace detail {

DSQL_EXPORT operation<bool> start_next(chunk_source& of);
DSQL_EXPORT operation<void> start_close(chunk_source& of);
DSQL_EXPORT operation<bool> start_next(copy_source& of);

}  // namespace detail

/// The rows of a query in the chunks in which they arrive, in constant memory. `start_next` makes
/// the operation that waits for the next chunk; the object is then a range over the rows of that
/// chunk. Each row is a tuple of `Ts...`, or the aggregate for one aggregate type. Views among the
/// values are valid until the next chunk.
///
/// The connection runs no other statement until the last chunk has been read or the stream is
/// closed. Until then, the object keeps the session alive, and a pool's connection out of its pool.
/// The destructor of one that was not read to its end closes the connection, because it cannot wait
/// for the rest; `start_close` reads it. Movable, also during an operation. Belongs to one thread
/// at a time.
template <class... Ts>
class row_chunks {
public:
    /// The type of a row.
    using row_type = typename detail::row_reader<Ts...>::row_type;
    /// An input iterator over the rows of the current chunk.
    using iterator = detail::input_iterator<row_chunks>;

    /// Has no rows.
    row_chunks() = default;
    /// Takes over the result of a `start_stream`.
    explicit row_chunks(detail::chunk_source begun) noexcept : source_(std::move(begun)) {}

    /// The operation that waits for the next chunk of rows. Its result is false after the last one.
    /// It throws what the operation of a statement throws; the stream has then ended. It must end
    /// before this object is used again or destroyed.
    [[nodiscard]] operation<bool> start_next() {
        leave_chunk();
        return detail::start_next(source_);
    }
    /// The operation that reads the rest of the rows and discards them, so that the connection can
    /// be used again.
    [[nodiscard]] operation<void> start_close() {
        leave_chunk();
        return detail::start_close(source_);
    }

    /// The rows of the current chunk. Throws `conversion_error` where the columns do not match
    /// `Ts...` or a value does not fit.
    [[nodiscard]] iterator begin() & {
        chunk_.value = source_.current();
        row_.value = 0;
        rows_.value = chunk_.value == nullptr ? 0 : detail::row_count(chunk_.value);
        if (!reader_ && rows_.value != 0) {
            detail::naming_statement(source_.origin(), [&] { reader_.emplace(chunk_.value); });
        }
        return iterator(this);
    }
    iterator begin() && = delete;
    /// The end of the rows of the current chunk.
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend class detail::input_iterator<row_chunks>;

    void leave_chunk() noexcept {
        chunk_.value = nullptr;
        rows_.value = 0;
        row_.value = 0;
    }
    void advance() noexcept { ++row_.value; }
    [[nodiscard]] bool at_end() const noexcept { return row_.value >= rows_.value; }
    [[nodiscard]] row_type current() const {
        if (at_end()) [[unlikely]] {
            throw error("the stream has no row here: the chunk is at its end");
        }
        return detail::naming_statement(source_.origin(),
                                        [this] { return reader_->read(chunk_.value, row_.value); });
    }

    detail::chunk_source source_{};
    std::optional<detail::row_reader<Ts...>> reader_{};
    detail::reset_by_move<const pg_result*> chunk_{};
    detail::reset_by_move<int> row_{};
    detail::reset_by_move<int> rows_{};  // in the chunk
};

/// The rows of a COPY ... TO STDOUT in the chunks in which they arrive, like `row_chunks`. It has
/// no `start_close`.
template <class... Ts>
class copy_chunks {
public:
    /// The type of a row.
    using row_type = typename detail::row_reader<Ts...>::row_type;
    /// An input iterator over the rows of the current chunk.
    using iterator = detail::input_iterator<copy_chunks>;

    /// Has no rows.
    copy_chunks() = default;
    /// Takes over the result of a `start_copy_out`. Throws `conversion_error` where the columns do
    /// not match `Ts...`.
    explicit copy_chunks(detail::copy_source begun)
        : source_(std::move(begun)), reader_(detail::naming_statement(source_.origin(), [this] {
              return detail::row_reader<Ts...>(source_.description());
          })) {}

    /// The operation that waits for the next rows. Its result is false after the last ones. It must
    /// end before this object is used again or destroyed.
    [[nodiscard]] operation<bool> start_next() {
        values_.value = nullptr;
        return detail::start_next(source_);
    }

    /// The rows of the current chunk; can be iterated once. Throws `conversion_error` for a value
    /// that does not fit.
    [[nodiscard]] iterator begin() & {
        if (values_.value == nullptr) {
            advance();
        }
        return iterator(this);
    }
    iterator begin() && = delete;
    /// The end of the rows of the current chunk.
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend class detail::input_iterator<copy_chunks>;

    [[nodiscard]] bool at_end() const noexcept { return values_.value == nullptr; }
    void advance() {
        values_.value = nullptr;
        values_.value = reader_ ? source_.next_arrived() : nullptr;
    }
    [[nodiscard]] row_type current() const {
        if (values_.value == nullptr) [[unlikely]] {
            throw error("the COPY has no row here: the chunk is at its end");
        }
        return detail::naming_statement(source_.origin(), [this] {
            return reader_->read_values(source_.description(), values_.value);
        });
    }

    detail::copy_source source_{};
    std::optional<detail::row_reader<Ts...>> reader_{};
    detail::reset_by_move<const detail::raw_value*> values_{};
};

/// A running COPY ... FROM STDIN that collects rows and sends them only when it is told to. Nothing
/// is copied unless the operation of `start_finish` has ended well. Otherwise the destructor closes
/// the connection, and the server aborts the COPY.
///
/// The connection runs no other statement until the COPY has ended. Until then, this object keeps
/// the session alive, and a pool's connection out of its pool. Movable, also during an operation.
/// Belongs to one thread at a time.
class DSQL_EXPORT copy_buffer {
public:
    /// For handlers that get an exception: over from the beginning.
    copy_buffer() noexcept;
    /// Made by `start_copy_in`.
    explicit copy_buffer(std::unique_ptr<pg::copy_in_session> begun) noexcept;
    copy_buffer(copy_buffer&&) noexcept;
    copy_buffer& operator=(copy_buffer&&) noexcept;
    ~copy_buffer();

    /// Adds a row. Sends nothing. @see copy_writer::row for the values and what it throws
    template <class... Ts>
    void row(const Ts&... values) {
        detail::add_copy_row(row_writer(), origin(), values...);
    }
    /// Adds data in the COPY's own format. Sends nothing.
    void append(std::string_view data);
    /// Whether 64 KiB have been collected, so that `start_send` should follow. Without it, the
    /// memory grows with each row.
    [[nodiscard]] bool is_full() const noexcept;

    /// The operation that sends what was collected. It must end before this object is used again or
    /// destroyed. It throws what the operation of a statement throws; the COPY has then ended.
    [[nodiscard]] operation<void> start_send();
    /// The operation that sends the rest and waits for the result, the number of rows copied.
    /// @see copy_writer::finish for what it throws
    [[nodiscard]] operation<std::int64_t> start_finish();

private:
    [[nodiscard]] pg::copy_in_session& session() const;
    [[nodiscard]] detail::copy_row_writer& row_writer() const;
    [[nodiscard]] const detail::statement_origin* origin() const noexcept;

    std::unique_ptr<pg::copy_in_session> session_;
};

namespace detail {

DSQL_EXPORT operation<chunk_source> start_stream(session_pin on, const call_limits& limits,
                                                 owned_statement sql);
DSQL_EXPORT operation<chunk_source> start_stream(pool& on, const call_limits& limits,
                                                 owned_statement sql);
DSQL_EXPORT operation<copy_buffer> start_copy_in(session_pin on, const call_limits& limits,
                                                 copy_target target, source_location where);
DSQL_EXPORT operation<copy_buffer> start_copy_in(pool& on, const call_limits& limits,
                                                 copy_target target, source_location where);
DSQL_EXPORT operation<copy_buffer> start_copy_in(session_pin on, const call_limits& limits,
                                                 owned_statement sql);
DSQL_EXPORT operation<copy_buffer> start_copy_in(pool& on, const call_limits& limits,
                                                 owned_statement sql);
DSQL_EXPORT operation<copy_source> start_copy_out(session_pin on, const call_limits& limits,
                                                  copy_target target, source_location where);
DSQL_EXPORT operation<copy_source> start_copy_out(pool& on, const call_limits& limits,
                                                  copy_target target, source_location where);

/// Where an operation on it begins: its session, or the pool itself.
inline session_pin place_of(connection& on) {
    return pin_of(on);
}
inline session_pin place_of(transaction& on) {
    return pin_of(on);
}
inline pool& place_of(pool& on) noexcept {
    return on;
}

/// A connection, a transaction or a pool.
template <class T>
concept operation_target = requires(T& on) {
    place_of(on);
};

}  // namespace detail

/// Begins a stream of the rows of a query, as `stream` does. `on` is a connection, a transaction or
/// a pool. The limits apply to the whole stream. Give the result to a `row_chunks`.
template <detail::operation_target On, class... Vs>
[[nodiscard]] operation<detail::chunk_source> start_stream(On& on, const call_limits& limits,
                                                           sql_text sql, const Vs&... values) {
    return detail::start_stream(detail::place_of(on), limits,
                                detail::own_statement(sql, values...));
}

/// Begins a COPY into a table, as `copy_in` does, for rows or, with a `COPY ... FROM STDIN`
/// statement of the caller's own, for data. `on` is a connection, a transaction or a pool. The
/// limits apply to the whole COPY.
///@{
template <detail::operation_target On>
[[nodiscard]] operation<copy_buffer> start_copy_in(
    On& on, const call_limits& limits, copy_target target,
    source_location where = source_location::current()) {
    return detail::start_copy_in(detail::place_of(on), limits, std::move(target), where);
}
template <detail::operation_target On>
[[nodiscard]] operation<copy_buffer> start_copy_in(On& on, const call_limits& limits,
                                                   sql_text sql) {
    return detail::start_copy_in(detail::place_of(on), limits, detail::own_statement(sql));
}
///@}

/// Begins a COPY out of a table in binary format, as `copy_out` does. `on` is a connection, a
/// transaction or a pool. The limits apply to the whole COPY. Give the result to a `copy_chunks`.
template <detail::operation_target On>
[[nodiscard]] operation<detail::copy_source> start_copy_out(
    On& on, const call_limits& limits, copy_target target,
    source_location where = source_location::current()) {
    return detail::start_copy_out(detail::place_of(on), limits, std::move(target), where);
}

}  // namespace dsql
