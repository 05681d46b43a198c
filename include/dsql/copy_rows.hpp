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
#include <utility>

namespace dsql {

namespace pg {
class copy_out_session;
}

namespace detail {

/// The rows of a COPY ... TO STDOUT in binary format, one at a time.
class DSQL_EXPORT copy_source {
public:
    /// Has no rows, like one that was moved from.
    copy_source() noexcept;
    explicit copy_source(std::unique_ptr<pg::copy_out_session> session) noexcept;
    copy_source(copy_source&&) noexcept;
    copy_source& operator=(copy_source&&) noexcept;
    ~copy_source();

    /// A result without rows that has the columns' names and types.
    [[nodiscard]] const pg_result* description() const noexcept;
    /// The statement; null for one that was moved from.
    [[nodiscard]] const statement_origin* origin() const noexcept;
    /// All values of the next row, valid until the next call; null after the last row.
    /// Throws `server_error`, `connection_error`, `timeout_error` or `cancelled_error`.
    [[nodiscard]] const raw_value* next();

    /// For callers that must not block: like `next`, but null also after the rows that have been
    /// read from the server.
    [[nodiscard]] const raw_value* next_arrived();
    /// For callers that must not block. Throws `error` for one that was moved from.
    [[nodiscard]] pg::copy_out_session& session() const;

private:
    std::unique_ptr<pg::copy_out_session> session_;
};

}  // namespace detail

/// The rows of a COPY ... TO STDOUT as they arrive, in constant memory: an input range, which can
/// be iterated once. Each row is a tuple of `Ts...`, or the aggregate for one aggregate type. Views
/// among the values are valid until the next row. The connection runs no other statement until the
/// last row has been read or the object is destroyed. Leaving early may close the connection.
/// Belongs to the connection's thread. @see row_stream
template <class... Ts>
class copy_rows {
public:
    /// The type of a row.
    using row_type = typename detail::row_reader<Ts...>::row_type;

    /// Throws `conversion_error` where the columns do not match.
    explicit copy_rows(detail::copy_source source)
        : source_(std::move(source)), reader_(detail::naming_statement(source_.origin(), [this] {
              return detail::row_reader<Ts...>(source_.description());
          })) {}

    copy_rows(copy_rows&& other) noexcept
        : source_(std::move(other.source_)),
          reader_(other.reader_),
          values_(std::exchange(other.values_, nullptr)) {}
    /// Abandons its own rows as the destructor does, and takes over the rows of `other`.
    copy_rows& operator=(copy_rows&& other) noexcept {
        source_ = std::move(other.source_);
        reader_ = other.reader_;
        const detail::raw_value* const values = std::exchange(other.values_, nullptr);
        values_ = values;  // last: it may be assigned to itself
        return *this;
    }
    ~copy_rows() = default;

    /// An input iterator.
    using iterator = detail::input_iterator<copy_rows>;

    /// Waits for the first row. Throws `server_error` when the server rejects the COPY,
    /// `connection_error` when the connection breaks, `timeout_error` and `cancelled_error` when a
    /// limit is reached, and `error` for rows that were moved from; so does each step of the
    /// iterator. Reading after the last row throws `error`. Deleted for a temporary, which the
    /// iterator would outlive.
    iterator begin() && = delete;
    [[nodiscard]] iterator begin() & {
        if (values_ == nullptr) {
            advance();
        }
        return iterator(this);
    }
    /// The end of the rows.
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

private:
    friend class detail::input_iterator<copy_rows>;

    [[nodiscard]] bool at_end() const noexcept { return values_ == nullptr; }
    // Null during the call, so that the rows are at their end if it throws.
    void advance() {
        values_ = nullptr;
        values_ = source_.next();
    }
    [[nodiscard]] row_type current() const {
        if (values_ == nullptr) [[unlikely]] {
            throw error("the COPY has no row here: it is at its end, or was moved from");
        }
        return detail::naming_statement(source_.origin(), [this] {
            return reader_.read_values(source_.description(), values_);
        });
    }

    detail::copy_source source_;
    detail::row_reader<Ts...> reader_;
    const detail::raw_value* values_ = nullptr;
};

}  // namespace dsql
