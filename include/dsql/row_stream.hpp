// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/input_iterator.hpp>
#include <dsql/detail/row_reader.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>

#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>

struct pg_result;

namespace dsql {

namespace pg {
class stream_reader;
}

namespace detail {

/// The rows of a query as they arrive, in chunks.
class DSQL_EXPORT chunk_source {
public:
    /// Has no chunks, like one that was moved from.
    chunk_source() noexcept;
    explicit chunk_source(std::unique_ptr<pg::stream_reader> reader) noexcept;
    chunk_source(chunk_source&&) noexcept;
    chunk_source& operator=(chunk_source&&) noexcept;
    ~chunk_source();

    /// The next chunk of rows, valid until the next call. After the last row it is empty, and stays
    /// so. Throws `server_error`, `connection_error`, `timeout_error` or `cancelled_error`.
    [[nodiscard]] const pg_result* next();
    /// The statement; null for one that was moved from.
    [[nodiscard]] const statement_origin* origin() const noexcept;
    /// Reads the rest of the rows and discards them. @see row_stream::close
    void close();

    /// For callers that must not block: the chunk that was read last; null if there is none.
    [[nodiscard]] const pg_result* current() const noexcept;
    /// For callers that must not block. Throws `error` for one that was moved from.
    [[nodiscard]] pg::stream_reader& reader() const;

private:
    std::unique_ptr<pg::stream_reader> reader_;
};

/// The number of rows in a chunk.
[[nodiscard]] DSQL_EXPORT int row_count(const pg_result* rows) noexcept;

}  // namespace detail

/// The rows of a query as they arrive, in constant memory: an input range, which can be iterated
/// once. Each row is a tuple of `Ts...`, or the aggregate for one aggregate type. Views among the
/// values are valid until the next row.
///
/// The connection runs no other statement until the last row has been read or the stream is closed.
/// Until then, the stream keeps the session alive, and a pool's connection out of its pool. If the
/// connection is closed or its libpq handle is released in the meantime, reading throws
/// `connection_error`. Belongs to the connection's thread.
///
/// Rows are returned as they arrive, up to 8 at a time, while the query is still running.
///
/// If a stream is left early, its destructor reads up to 1 MiB more for up to a second. If that
/// does not reach the end, it closes the connection, because DSQL cannot cancel a query. Rows that
/// arrived together with the last row that was read do not count. `close` reads to the end, however
/// long that takes.
template <class... Ts>
class row_stream {
public:
    /// The type of a row.
    using row_type = typename detail::row_reader<Ts...>::row_type;

    /// Made by `bulk_functions::stream`.
    explicit row_stream(detail::chunk_source source) : source_(std::move(source)) {}

    /// An input iterator.
    using iterator = detail::input_iterator<row_stream>;

    /// Continues where `other` was; `other` has ended.
    row_stream(row_stream&& other) noexcept
        : source_(std::move(other.source_)), reader_(other.reader_) {
        take_position(other);
    }
    /// Abandons its own rows as the destructor does, and takes over the rows of `other`.
    row_stream& operator=(row_stream&& other) noexcept {
        source_ = std::move(other.source_);
        reader_ = other.reader_;
        take_position(other);
        return *this;
    }
    ~row_stream() = default;

    /// Waits for the first rows. Throws `server_error` when the server rejects the query,
    /// `connection_error` when the connection breaks, `timeout_error` and `cancelled_error` when a
    /// limit is reached, `conversion_error` where the columns do not match, and `error` for a
    /// stream that was moved from; so does each step of the iterator. Reading after the last row
    /// throws `error`. Deleted for a temporary, which the iterator would outlive.
    iterator begin() && = delete;
    [[nodiscard]] iterator begin() & {
        if (chunk_ == nullptr) {
            fetch();
        }
        return iterator(this);
    }
    /// The end of the rows.
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    /// Reads the rest of the rows and discards them, so that the connection can be used again.
    /// Idempotent. Throws `server_error`, `connection_error`, `timeout_error` or
    /// `cancelled_error`.
    void close() {
        leave_chunk();
        source_.close();
    }

private:
    friend class detail::input_iterator<row_stream>;

    // Without a chunk, as after an error, the rows are at their end.
    void leave_chunk() noexcept {
        chunk_ = nullptr;
        row_ = 0;
        rows_ = 0;
    }
    void fetch() {
        leave_chunk();
        const pg_result* const next = source_.next();
        if (!reader_) {
            detail::naming_statement(source_.origin(), [&] { reader_.emplace(next); });
        }
        chunk_ = next;
        rows_ = detail::row_count(next);
    }
    void advance() {
        if (++row_ >= rows_) {
            fetch();
        }
    }
    [[nodiscard]] bool at_end() const noexcept { return row_ >= rows_; }
    [[nodiscard]] row_type current() const {
        if (at_end()) [[unlikely]] {
            throw error("the stream has no row here: it is at its end, or was moved from");
        }
        return detail::naming_statement(source_.origin(),
                                        [this] { return reader_->read(chunk_, row_); });
    }
    // Also correct when it is moved onto itself.
    void take_position(row_stream& other) noexcept {
        const pg_result* const chunk = std::exchange(other.chunk_, nullptr);
        const int row = std::exchange(other.row_, 0);
        const int rows = std::exchange(other.rows_, 0);
        chunk_ = chunk;
        row_ = row;
        rows_ = rows;
    }

    detail::chunk_source source_;
    std::optional<detail::row_reader<Ts...>> reader_{};
    const pg_result* chunk_ = nullptr;
    int row_ = 0;
    int rows_ = 0;  // in the chunk
};

}  // namespace dsql
