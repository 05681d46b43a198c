// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codecs.hpp>
#include <dsql/detail/raw_row.hpp>
#include <dsql/detail/statement_origin.hpp>
#include <dsql/export.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

// libpq's type, declared here so that programs do not need libpq's headers.
struct pg_result;

namespace dsql {

namespace pg {
class session;
class stream_reader;
}  // namespace pg

template <class... Ts>
class rows;

namespace detail {

/// The rows that a `row` or `field` reads: with shared ownership, or as a plain pointer.
using shared_rows = std::shared_ptr<const pg_result>;

/// Points to rows that another object owns.
[[nodiscard]] inline shared_rows borrowed_rows(const pg_result* rows) noexcept {
    return {shared_rows(), rows};
}

}  // namespace detail

class result;
class row;

/// One value of a result: a view, valid during the lifetime of its `result`. A field of a temporary
/// result (see `owned_field`) shares the ownership of that result instead and is always valid.
/// Moving a field copies it. Reading is thread-safe.
class DSQL_EXPORT field {
public:
    field(const field&) noexcept = default;
    field& operator=(const field&) noexcept = default;
    ~field() = default;

    /// Whether it is NULL.
    [[nodiscard]] bool is_null() const noexcept;
    /// The value as the server sent it, in PostgreSQL's binary format; empty for NULL. Points into
    /// the result.
    [[nodiscard]] std::string_view bytes() const noexcept;
    /// The name of its column. Points into the result.
    [[nodiscard]] std::string_view column_name() const noexcept;
    /// The type of its column.
    [[nodiscard]] oid column_type() const noexcept;

    /// The value as any type with a codec, or `std::optional` of one. A `std::string_view` or
    /// `std::span` points into the result.
    /// Throws `conversion_error` for NULL into anything but an optional, for a column of a type
    /// that cannot be read as `T`, and for a value that does not fit.
    template <class T>
    [[nodiscard]] T as() const {
        if constexpr (detail::require_readable<T>()) {
            return detail::naming_statement(origin_, [this] {
                const oid type = column_type();
                if (!detail::reads_type<T>(type)) {
                    detail::throw_bad_column(rows_.get(), column_, detail::cpp_type_name<T>(),
                                             detail::unreadable_type);
                }
                return detail::read_column<T>(rows_.get(), column_, type, raw());
            });
        }
    }

private:
    friend class result;
    friend class row;
    field(const detail::shared_rows& rows, const detail::statement_origin* origin, int row,
          int column) noexcept
        : rows_(rows), origin_(origin), row_(row), column_(column) {}

    [[nodiscard]] detail::raw_value raw() const noexcept {
        detail::raw_value value{};
        detail::fetch_row(rows_.get(), row_, &column_, 1, &value);
        return value;
    }

    detail::shared_rows rows_;                // not null
    const detail::statement_origin* origin_;  // lives as long as the rows; may be null
    int row_;
    int column_;
};

/// The field of a temporary row, as in `connection.query("...")[0][0]`. It shares the ownership of
/// the result, so it may be kept. If it is a temporary itself, its functions return copies instead
/// of views, which would dangle at the end of the statement.
class owned_field : public field {
public:
    /// From a field that owns its result already.
    explicit owned_field(const field& shared) noexcept : field(shared) {}

    /// The value in PostgreSQL's binary format; empty for NULL. Of a temporary, a copy.
    [[nodiscard]] std::string_view bytes() const& noexcept { return field::bytes(); }
    [[nodiscard]] std::string bytes() && { return std::string(field::bytes()); }

    /// The name of the column. Of a temporary, a copy.
    [[nodiscard]] std::string_view column_name() const& noexcept { return field::column_name(); }
    [[nodiscard]] std::string column_name() && { return std::string(field::column_name()); }

    /// The value as a `T`. Called on a temporary, `T` must be an owning type: a view would dangle
    /// and does not compile. @see field::as
    template <class T>
    [[nodiscard]] T as() const& {
        return field::as<T>();
    }
    template <class T>
    requires(!detail::borrows<T>) [[nodiscard]] T as() && { return field::as<T>(); }
    template <class T>
    requires(detail::borrows<T>) T as() && = delete;
};

/// One row of a result: a view, valid during the lifetime of its `result`. A row of a temporary
/// result (see `owned_row`) shares the ownership of that result instead and is always valid. Moving
/// a row copies it. Reading is thread-safe.
class DSQL_EXPORT row {
public:
    row(const row&) noexcept = default;
    row& operator=(const row&) noexcept = default;
    ~row() = default;

    /// Number of columns.
    [[nodiscard]] int size() const noexcept;
    /// The field of a column, counted from 0. Throws `std::out_of_range` for a column that the
    /// result does not have.
    [[nodiscard]] field operator[](int column) const;
    /// The field of the first column of that name. Throws `std::out_of_range`, naming the columns
    /// there are.
    [[nodiscard]] field operator[](std::string_view column_name) const;

private:
    friend class result;
    row(detail::shared_rows rows, const detail::statement_origin* origin, int index) noexcept
        : rows_(std::move(rows)), origin_(origin), row_(index) {}

    detail::shared_rows rows_;                // not null
    const detail::statement_origin* origin_;  // lives as long as the rows; may be null
    int row_;
};

/// The row of a temporary result, as in `connection.query("...")[0]`. It shares the ownership of
/// the result, so it may be kept.
class owned_row : public row {
public:
    /// From a row that owns its result already.
    explicit owned_row(const row& shared) noexcept : row(shared) {}

    /// One field, by index or by name. Throws `std::out_of_range` where there is no such column.
    /// The field of a temporary shares the result.
    ///@{
    [[nodiscard]] field operator[](int column) const& { return row::operator[](column); }
    [[nodiscard]] field operator[](std::string_view column_name) const& {
        return row::operator[](column_name);
    }
    [[nodiscard]] owned_field operator[](int column) && {
        return owned_field(row::operator[](column));
    }
    [[nodiscard]] owned_field operator[](std::string_view column_name) && {
        return owned_field(row::operator[](column_name));
    }
    ///@}
};

/// The complete result of a statement, held in memory. Its columns are known only at run time. Owns
/// its rows. Movable; a moved-from result is empty and has neither rows nor columns. Reading is
/// thread-safe.
///
/// A `row` or `field` of a named result is a view and must not outlive it. A row of a temporary
/// result (`connection.query("...")[0]`) owns the result and may be kept. Iterators and views of a
/// temporary would dangle and do not compile.
class DSQL_EXPORT result {
public:
    /// Takes ownership of a libpq result; null makes an empty one. Its values must be in binary
    /// format, as in all results of this library; `field::as` throws `conversion_error` for others.
    explicit result(pg_result* owned) noexcept;

    /// Number of rows returned.
    [[nodiscard]] int size() const noexcept;
    /// Whether it has no rows.
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    /// Number of columns, even if there are no rows.
    [[nodiscard]] int column_count() const noexcept;
    /// The name of a column, counted from 0; of a temporary, a copy. Throws `std::out_of_range` for
    /// a column that the result does not have.
    [[nodiscard]] std::string_view column_name(int column) const&;
    [[nodiscard]] std::string column_name(int column) && { return std::string(name_of(column)); }
    /// The type of a column, counted from 0. Throws `std::out_of_range` for a column that the
    /// result does not have.
    [[nodiscard]] oid column_type(int column) const;
    /// Rows changed or returned, as the server counts them; 0 for statements that count none.
    [[nodiscard]] std::int64_t affected_rows() const;
    /// The server's command tag, for example "INSERT 0 1"; empty for one that was moved from. Of a
    /// temporary, a copy.
    [[nodiscard]] std::string_view command_tag() const& noexcept;
    [[nodiscard]] std::string command_tag() && { return std::string(tag()); }

    /// A row, counted from 0. Throws `std::out_of_range` for a row that the result does not have.
    /// The row of a temporary owns the result, which is empty from then on.
    [[nodiscard]] row operator[](int index) const&;
    [[nodiscard]] owned_row operator[](int index) &&;

    /// Iterates over the rows in order.
    class DSQL_EXPORT iterator {
    public:
        /// What a forward iterator has. Reading where there is no row throws `std::out_of_range`.
        ///@{
        using value_type = row;
        using difference_type = std::ptrdiff_t;

        iterator() noexcept = default;
        [[nodiscard]] row operator*() const;
        iterator& operator++() noexcept {
            ++index_;
            return *this;
        }
        iterator operator++(int) noexcept {
            iterator before = *this;
            ++index_;
            return before;
        }
        [[nodiscard]] bool operator==(const iterator& other) const noexcept {
            return rows_ == other.rows_ && index_ == other.index_;
        }
        ///@}

    private:
        friend class result;
        iterator(const pg_result* rows, const detail::statement_origin* origin, int index) noexcept
            : rows_(rows), origin_(origin), index_(index) {}
        const pg_result* rows_ = nullptr;
        const detail::statement_origin* origin_ = nullptr;
        int index_ = 0;
    };

    /// The first row. Not of a temporary, which the iterator would outlive.
    [[nodiscard]] iterator begin() const& noexcept { return {rows_.get(), origin_.get(), 0}; }
    iterator begin() const&& = delete;
    /// The end of the rows.
    [[nodiscard]] iterator end() const& noexcept { return {rows_.get(), origin_.get(), size()}; }
    iterator end() const&& = delete;

    /// The first column of the first row.
    /// Throws `no_rows_error` when there is none, `conversion_error` as `field::as` does.
    template <class T>
    [[nodiscard]] T value() const {
        static_assert(!detail::borrows<T>,
                      "the view would outlive the row it points into: ask for an owning type");
        return first_value().as<T>();
    }

    /// The libpq result, still owned by this object; null for one that was moved from.
    [[nodiscard]] const pg_result* native_handle() const& noexcept { return rows_.get(); }
    const pg_result* native_handle() const&& = delete;

private:
    friend class pg::session;
    friend class pg::stream_reader;
    template <class...>
    friend class rows;

    [[nodiscard]] field first_value() const;
    [[nodiscard]] std::string_view name_of(int column) const;
    [[nodiscard]] std::string_view tag() const noexcept;

    struct clear {
        void operator()(pg_result* rows) const noexcept;
    };
    std::unique_ptr<pg_result, clear> rows_;
    detail::shared_origin origin_{};
};

}  // namespace dsql
