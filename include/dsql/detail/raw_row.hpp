// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/detail/type_traits.hpp>
#include <dsql/export.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

struct pg_result;

namespace dsql::detail {

/// A value in libpq's memory.
struct raw_value {
    const char* data;  ///< null for NULL
    int size;
};

/// Fetches the values of `count` `columns` of a row, in that order. Precondition: the row and the
/// columns exist.
DSQL_EXPORT void fetch_row(const pg_result* rows, int row, const int* columns, std::size_t count,
                           raw_value* to) noexcept;

/// Throws `conversion_error`: the column, its SQL type, the C++ type, and why.
[[noreturn]] DSQL_EXPORT void throw_bad_column(const pg_result* rows, int column,
                                               std::string_view cpp_type, std::string_view why);

/// Whether a column can be read as a `T`, which may be an optional.
template <class T>
inline constexpr bool readable_column = readable<typename value_of_optional<T>::type>;

/// Says at compile time why a column cannot be read as a `T`. Returns whether it can.
template <class T>
consteval bool require_readable() {
    using value = typename value_of_optional<T>::type;
    static_assert(!std::same_as<value, char>,
                  "a plain char is text in one program and a number in the next: use std::string, "
                  "or signed char for a number");
    constexpr bool could_be_aggregate = std::is_class_v<value> && !std::is_aggregate_v<value>;
    static_assert(std::same_as<value, char> || readable<value> || could_be_aggregate,
                  "this type has no codec to be read with: specialise dsql::codec for it, see "
                  "dsql/codec.hpp");
    static_assert(readable<value> || !could_be_aggregate,
                  "this type has no codec to be read with, and it is not an aggregate: specialise "
                  "dsql::codec for it, or make it a structure with public members alone, without "
                  "constructors, base classes and virtual functions");
    return readable<value>;
}

/// The C++ type's name, for messages.
template <class T>
[[nodiscard]] std::string cpp_type_name() {
    if constexpr (is_optional_value<T>) {
        return "std::optional<" + cpp_type_name<typename value_of_optional<T>::type>() + ">";
    } else if constexpr (readable<T>) {
        return codec<T>::name();
    }
    return {};
}

/// Makes the checks that `read_column` relies on. Call it once for each result.
template <class T>
[[nodiscard]] constexpr bool reads_type(oid type) {
    return codec<typename value_of_optional<T>::type>::reads(type);
}

inline constexpr std::string_view null_without_optional =
    "the value is NULL; read it as std::optional";
inline constexpr std::string_view unreadable_type =
    "that SQL type is not read as this C++ type; cast it in the statement";

/// Whether a value of this type points into the result that it is read from.
template <class T>
inline constexpr bool borrows = codec_borrows<typename value_of_optional<T>::type>();

/// Reads a value of a column whose type has been checked.
template <class T>
[[nodiscard]] inline T read_column(const pg_result* rows, int column, oid type, raw_value value) {
    try {
        if constexpr (!readable_column<T>) {
            __builtin_unreachable();  // it does not compile
        } else if constexpr (is_optional_value<T>) {
            if (value.data == nullptr) {
                return std::nullopt;
            }
            return codec<typename T::value_type>::read(
                {value.data, static_cast<std::size_t>(value.size), type});
        } else {
            if (value.data == nullptr) [[unlikely]] {
                throw conversion_error(std::string(null_without_optional));
            }
            return codec<T>::read({value.data, static_cast<std::size_t>(value.size), type});
        }
    } catch (const conversion_error& thrown) {
        throw_bad_column(rows, column, cpp_type_name<T>(), thrown.what());
    }
}

}  // namespace dsql::detail
