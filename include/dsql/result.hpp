// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

// libpq's own type, named here so that users need not have libpq's headers on their path.
struct pg_result;

namespace dsql {

class result;

/// One value of a result: a view that is valid as long as its `result` lives. Reading is safe from
/// any thread.
class DSQL_EXPORT field {
public:
    [[nodiscard]] bool is_null() const noexcept;
    /// The value in PostgreSQL's text form; empty for NULL.
    [[nodiscard]] std::string_view text() const noexcept;
    [[nodiscard]] std::string_view column_name() const noexcept;

    /// The value as text (`std::string`, or `std::string_view` into the result), bool, integer,
    /// floating point, or `std::optional` of one of these.
    /// Throws `conversion_error` for NULL into anything but an optional, for a number that does not
    /// fit, and for text that is no such value.
    template <class T>
    [[nodiscard]] T as() const {
        if constexpr (is_optional<T>::value) {
            return is_null() ? T() : T(as<typename T::value_type>());
        } else {
            T value{};
            convert(value);
            return value;
        }
    }

private:
    friend class result;
    friend class row;
    field(const pg_result* rows, int row, int column) noexcept
        : rows_(rows), row_(row), column_(column) {}

    template <class T>
    struct is_optional : std::false_type {};
    template <class T>
    struct is_optional<std::optional<T>> : std::true_type {};

    void convert(std::string& value) const;
    void convert(std::string_view& value) const;
    void convert(bool& value) const;
    void convert(float& value) const;
    void convert(double& value) const;
    void convert(short& value) const;
    void convert(unsigned short& value) const;
    void convert(int& value) const;
    void convert(unsigned int& value) const;
    void convert(long& value) const;
    void convert(unsigned long& value) const;
    void convert(long long& value) const;
    void convert(unsigned long long& value) const;

    template <class T>
    void convert_number(T& value, std::string_view type_name) const;
    [[noreturn]] void fail(std::string_view type_name, std::string_view why) const;
    void require_value(std::string_view type_name) const;

    const pg_result* rows_;
    int row_;
    int column_;
};

/// One row of a result: a view that is valid as long as its `result` lives.
class DSQL_EXPORT row {
public:
    [[nodiscard]] int size() const noexcept;
    /// Throws `std::out_of_range` for a column the result does not have.
    [[nodiscard]] field operator[](int column) const;
    /// Throws `std::out_of_range`, naming the columns there are.
    [[nodiscard]] field operator[](std::string_view column_name) const;

private:
    friend class result;
    row(const pg_result* rows, int index) noexcept : rows_(rows), row_(index) {}

    const pg_result* rows_;
    int row_;
};

/// The complete answer to a statement, held in memory. Owns its rows; movable. Reading is safe from
/// any number of threads.
class DSQL_EXPORT result {
public:
    /// Takes over a libpq result; not null.
    explicit result(pg_result* owned) noexcept;

    /// Number of rows returned.
    [[nodiscard]] int size() const noexcept;
    [[nodiscard]] bool empty() const noexcept { return size() == 0; }
    [[nodiscard]] int column_count() const noexcept;
    /// Throws `std::out_of_range` for a column the result does not have.
    [[nodiscard]] std::string_view column_name(int column) const;
    /// Rows changed or returned, as the server counts them; 0 for statements that count none.
    [[nodiscard]] std::int64_t affected_rows() const;
    /// The server's command tag, for example "INSERT 0 1".
    [[nodiscard]] std::string_view command_tag() const noexcept;

    /// Throws `std::out_of_range` for a row the result does not have.
    [[nodiscard]] row operator[](int index) const;

    /// Walks the rows in order.
    class iterator {
    public:
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

    private:
        friend class result;
        iterator(const pg_result* rows, int index) noexcept : rows_(rows), index_(index) {}
        const pg_result* rows_ = nullptr;
        int index_ = 0;
    };

    [[nodiscard]] iterator begin() const noexcept { return {rows_.get(), 0}; }
    [[nodiscard]] iterator end() const noexcept { return {rows_.get(), size()}; }

    /// The first column of the first row.
    /// Throws `no_rows_error` when there is none, `conversion_error` as `field::as` does.
    template <class T>
    [[nodiscard]] T value() const {
        static_assert(
            !std::same_as<T, std::string_view> && !std::same_as<T, std::optional<std::string_view>>,
            "the view would outlive the row it points into: ask for std::string");
        return first_value().as<T>();
    }

private:
    [[nodiscard]] static row at(const pg_result* rows, int index) noexcept { return {rows, index}; }
    [[nodiscard]] field first_value() const;

    struct clear {
        void operator()(pg_result* rows) const noexcept;
    };
    std::unique_ptr<pg_result, clear> rows_;
};

}  // namespace dsql
