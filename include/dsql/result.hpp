// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codecs.hpp>
#include <dsql/detail/raw_row.hpp>
#include <dsql/export.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// libpq's own type, named here so that users need not have libpq's headers on their path.
struct pg_result;

namespace dsql {

class result;

/// One value of a result: a view that is valid as long as its `result` lives. Reading is safe from
/// any thread.
class DSQL_EXPORT field {
public:
    /// Whether it is NULL.
    [[nodiscard]] bool is_null() const noexcept;
    /// The value as the server sent it, in PostgreSQL's binary format; empty for NULL.
    [[nodiscard]] std::string_view bytes() const noexcept;
    /// The name of its column.
    [[nodiscard]] std::string_view column_name() const noexcept;
    /// The type of its column.
    [[nodiscard]] oid column_type() const noexcept;

    /// The value as any type with a codec, or `std::optional` of one. A `std::string_view` or
    /// `std::span` points into the result.
    /// Throws `conversion_error` for NULL into anything but an optional, for a column of a type
    /// that cannot be read as `T`, and for a value that does not fit.
    template <class T>
    [[nodiscard]] T as() const {
        static_assert(detail::readable_column<T>,
                      "this type has no codec to be read with: see dsql/codec.hpp");
        const oid type = column_type();
        if (!detail::reads_type<T>(type)) {
            detail::throw_bad_column(rows_, column_, detail::cpp_type_name<T>(),
                                     detail::unreadable_type);
        }
        return detail::read_column<T>(rows_, column_, type, raw());
    }

private:
    friend class result;
    friend class row;
    field(const pg_result* rows, int row, int column) noexcept
        : rows_(rows), row_(row), column_(column) {}

    [[nodiscard]] detail::raw_value raw() const noexcept {
        detail::raw_value value{};
        detail::fetch_row(rows_, row_, &column_, 1, &value);
        return value;
    }

    const pg_result* rows_;
    int row_;
    int column_;
};

/// One row of a result: a view that is valid as long as its `result` lives.
class DSQL_EXPORT row {
public:
    /// Number of columns.
    [[nodiscard]] int size() const noexcept;
    /// Throws `std::out_of_range` for a column the result does not have.
    [[nodiscard]] field operator[](int column) const;
    /// The first column of that name. Throws `std::out_of_range`, naming the columns there are.
    [[nodiscard]] field operator[](std::string_view column_name) const;

private:
    friend class result;
    row(const pg_result* rows, int index) noexcept : rows_(rows), row_(index) {}

    const pg_result* rows_;
    int row_;
};

/// The complete answer to a statement, held in memory, its columns known at run time only. Owns its
/// rows; movable. Reading is safe from any number of threads.
class DSQL_EXPORT result {
public:
    /// Takes over a libpq result, which is not null. Its values are to be in binary format, as all
    /// of this library's are: `field::as` throws `conversion_error` for others.
    explicit result(pg_result* owned) noexcept;

    /// Number of rows returned.
    [[nodiscard]] int size() const noexcept;
    /// Whether there are none.
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    /// Number of columns, rows or not.
    [[nodiscard]] int column_count() const noexcept;
    /// Throws `std::out_of_range` for a column the result does not have.
    [[nodiscard]] std::string_view column_name(int column) const;
    /// Throws `std::out_of_range` for a column the result does not have.
    [[nodiscard]] oid column_type(int column) const;
    /// Rows changed or returned, as the server counts them; 0 for statements that count none.
    [[nodiscard]] std::int64_t affected_rows() const;
    /// The server's command tag, for example "INSERT 0 1".
    [[nodiscard]] std::string_view command_tag() const noexcept;

    /// Throws `std::out_of_range` for a row the result does not have.
    [[nodiscard]] row operator[](int index) const;

    /// Walks the rows in order.
    class iterator {
    public:
        /// What a forward iterator has.
        ///@{
        using value_type = row;
        using difference_type = std::ptrdiff_t;

        iterator() noexcept = default;
        [[nodiscard]] row operator*() const noexcept { return at(rows_, index_); }
        iterator& operator++() noexcept {
            ++index_;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator before = *this;
            ++index_;
            return before;
        }
        [[nodiscard]] bool operator==(const iterator&) const noexcept = default;
        ///@}

    private:
        friend class result;
        iterator(const pg_result* rows, int index) noexcept : rows_(rows), index_(index) {}
        const pg_result* rows_ = nullptr;
        int index_ = 0;
    };

    /// The first row.
    [[nodiscard]] iterator begin() const noexcept { return {rows_.get(), 0}; }
    /// Behind the last row.
    [[nodiscard]] iterator end() const noexcept { return {rows_.get(), size()}; }

    /// The first column of the first row.
    /// Throws `no_rows_error` when there is none, `conversion_error` as `field::as` does.
    template <class T>
    [[nodiscard]] T value() const {
        static_assert(!detail::borrows<T>,
                      "the view would outlive the row it points into: ask for an owning type");
        return first_value().as<T>();
    }

    /// The libpq result, still owned by this object.
    [[nodiscard]] const pg_result* native_handle() const noexcept { return rows_.get(); }

private:
    [[nodiscard]] static row at(const pg_result* rows, int index) noexcept { return {rows, index}; }
    [[nodiscard]] field first_value() const;

    struct clear {
        void operator()(pg_result* rows) const noexcept;
    };
    std::unique_ptr<pg_result, clear> rows_;
};

}  // namespace dsql
