// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/members.hpp>
#include <dsql/detail/raw_row.hpp>
#include <dsql/detail/row_columns.hpp>
#include <dsql/row_layout.hpp>

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace dsql::detail {

/// The columns that are read as `Ts...`, and their types, checked once.
template <class... Ts>
class column_reader {
public:
    static constexpr std::size_t count = sizeof...(Ts);

    /// Stores and checks the types of the columns, which were found before; -1 stands for a missing
    /// one.
    void check_types(const pg_result* rows) { check_each(rows, std::index_sequence_for<Ts...>()); }

    [[nodiscard]] std::array<int, count>& columns() noexcept { return columns_; }
    [[nodiscard]] int column(std::size_t index) const noexcept { return columns_[index]; }

    /// Calls `make` with all values of a row and returns its result.
    template <class Make>
    [[nodiscard]] auto read(const pg_result* rows, int row, Make make) const {
        std::array<raw_value, count> values;
        fetch_row(rows, row, columns_.data(), count, values.data());
        return read_each(rows, values, make, std::index_sequence_for<Ts...>());
    }

    /// Like `read`, for a row whose values were already fetched: `all` has the values of all
    /// columns.
    template <class Make>
    [[nodiscard]] auto read_values(const pg_result* rows, const raw_value* all, Make make) const {
        std::array<raw_value, count> values;
        for (std::size_t i = 0; i < count; ++i) {
            values[i] = all[columns_[i]];
        }
        return read_each(rows, values, make, std::index_sequence_for<Ts...>());
    }

    /// Reads one column. Precondition: the column exists.
    template <class T>
    void read_into(const pg_result* rows, std::size_t index, raw_value value, T& member) const {
        member = read_column<T>(rows, columns_[index], types_[index], value);
    }

private:
    template <std::size_t... I>
    void check_each(const pg_result* rows, std::index_sequence<I...>) {
        (check<Ts>(rows, I), ...);
    }

    template <class T>
    void check(const pg_result* rows, std::size_t index) {
        if constexpr (require_readable<T>()) {
            if (columns_[index] < 0) {
                return;
            }
            types_[index] = column_type(rows, columns_[index]);
            if (!reads_type<T>(types_[index])) {
                throw_bad_column(rows, columns_[index], cpp_type_name<T>(), unreadable_type);
            }
        }
    }

    // Braces, because only they guarantee that the values are read in order.
    template <class Make, std::size_t... I>
    [[nodiscard]] auto read_each(const pg_result* rows, const std::array<raw_value, count>& values,
                                 Make make, std::index_sequence<I...>) const {
        return make.template operator()<I...>([&]<std::size_t Index>() {
            using type = std::tuple_element_t<Index, std::tuple<Ts...>>;
            return read_column<type>(rows, columns_[Index], types_[Index], values[Index]);
        });
    }

    std::array<int, count> columns_{};
    std::array<oid, count> types_{};
};

/// Reads the rows of a result. The constructor finds the columns and their types, once for each
/// result. `row_type` is the type of a row: a tuple of `Ts...`, or the aggregate.
template <class... Ts>
class row_reader {
public:
    using row_type = std::tuple<Ts...>;
    static constexpr bool borrowing = (borrows<Ts> || ...);

    explicit row_reader(const pg_result* rows) {
        match_by_position(rows, reader_.columns(), "what was asked for");
        reader_.check_types(rows);
    }
    [[nodiscard]] row_type read(const pg_result* rows, int row) const {
        return reader_.read(rows, row, make_row());
    }
    [[nodiscard]] row_type read_values(const pg_result* rows, const raw_value* all) const {
        return reader_.read_values(rows, all, make_row());
    }

private:
    [[nodiscard]] static auto make_row() noexcept {
        return []<std::size_t... I>(auto get) {
            return row_type{get.template operator()<I>()...};
        };
    }

    column_reader<Ts...> reader_;
};

template <class Tuple>
struct reader_of_members;
template <class... Ts>
struct reader_of_members<std::tuple<Ts...>> {
    using type = column_reader<Ts...>;
    static constexpr bool borrowing = (borrows<Ts> || ...);
};

/// The members of `T` that are read; none, and an error at compile time, where they cannot be.
template <class T>
consteval auto members_to_read() {
    static_assert(!has_reference_members<T>,
                  "this structure has a member that is a reference: what is read would be gone "
                  "before the structure is used; make it a value");
    if constexpr (has_reference_members<T>) {
        return std::type_identity<std::tuple<>>();
    } else {
        return std::type_identity<member_types<T>>();
    }
}

/// Shared by the three ways of reading an aggregate.
template <class T>
class aggregate_reader {
public:
    using row_type = T;
    using members = reader_of_members<typename decltype(members_to_read<T>())::type>;
    static constexpr bool borrowing = members::borrowing;

    [[nodiscard]] T read(const pg_result* rows, int row) const {
        return reader_.read(rows, row, make_aggregate());
    }
    [[nodiscard]] T read_values(const pg_result* rows, const raw_value* all) const {
        return reader_.read_values(rows, all, make_aggregate());
    }

protected:
    aggregate_reader() = default;

    [[nodiscard]] static auto make_aggregate() noexcept {
        return []<std::size_t... I>(auto get)->T {
            if constexpr (has_reference_members<T>) {
                __builtin_unreachable();  // it does not compile
            } else {
                return T{get.template operator()<I>()...};
            }
        };
    }

    typename members::type reader_{};
};

template <class T>
requires(!readable_column<T> && plain_aggregate<T>) class row_reader<T>
    : public aggregate_reader<T> {
public:
    explicit row_reader(const pg_result* rows) {
        if constexpr (!has_reference_members<T>) {
            match_by_name(rows, member_names<T>, this->reader_.columns());
            this->reader_.check_types(rows);
        }
    }
};

template <class T>
class row_reader<by_position<T>> : public aggregate_reader<T> {
public:
    explicit row_reader(const pg_result* rows) {
        match_by_position(rows, this->reader_.columns(), "the aggregate");
        this->reader_.check_types(rows);
    }
};

template <class T>
class row_reader<lax<T>> : public aggregate_reader<T> {
public:
    explicit row_reader(const pg_result* rows) {
        if constexpr (!has_reference_members<T>) {
            match_leniently(rows, member_names<T>, this->reader_.columns());
            this->reader_.check_types(rows);
        }
    }
    [[nodiscard]] T read(const pg_result* rows, int row) const {
        return read_each(
            [&](int column) {
                raw_value value{};
                fetch_row(rows, row, &column, 1, &value);
                return value;
            },
            rows);
    }
    [[nodiscard]] T read_values(const pg_result* rows, const raw_value* all) const {
        return read_each([all](int column) { return all[column]; }, rows);
    }

private:
    template <class Fetch>
    [[nodiscard]] T read_each(Fetch fetch, const pg_result* rows) const {
        if constexpr (has_reference_members<T>) {
            __builtin_unreachable();  // it does not compile
        } else {
            T value{};
            const auto targets = tie_members(value);
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                (read_member<I>(fetch, rows, std::get<I>(targets)), ...);
            }
            (std::make_index_sequence<member_count<T>>());
            return value;
        }
    }

    template <std::size_t I, class Fetch, class Member>
    void read_member(Fetch fetch, const pg_result* rows, Member& member) const {
        const int column = this->reader_.column(I);
        static_assert(!std::is_const_v<Member>,
                      "a member that is const cannot be read with dsql::lax, which keeps the value "
                      "that it has where there is no column");
        if constexpr (!std::is_const_v<Member>) {
            if (column >= 0) {
                this->reader_.read_into(rows, I, fetch(column), member);
            }
        }
    }
};

/// The type of a single row of `Ts...`: the value for one type, otherwise a tuple.
template <class... Ts>
struct single_row {
    using type = std::tuple<Ts...>;
};
template <class T>
struct single_row<T> {
    using type = T;
};
template <class T>
struct single_row<by_position<T>> {
    using type = T;
};
template <class T>
struct single_row<lax<T>> {
    using type = T;
};
template <class... Ts>
using single_row_t = typename single_row<Ts...>::type;

/// Returns the result of `read`, or for a tuple of one element, that element.
template <class Row, class Read>
[[nodiscard]] Row as_single(Read read) {
    if constexpr (std::same_as<decltype(read()), Row>) {
        return read();
    } else {
        return std::get<0>(read());
    }
}

/// Converts to the result of `make` in the memory of a container's new element, which saves a move.
template <class Make>
class deferred_construct {
public:
    explicit deferred_construct(Make make) : make_(std::move(make)) {}
    operator decltype(std::declval<Make&>()())() && { return make_(); }

private:
    Make make_;
};

}  // namespace dsql::detail
