// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/detail/byte_order.hpp>
#include <dsql/detail/type_traits.hpp>
#include <dsql/error.hpp>
#include <dsql/oid.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace dsql {

/// A value in PostgreSQL's binary format, as it came from the server; never NULL. Borrowed: valid
/// as long as the result it is part of.
struct binary_value {
    /// Its first byte.
    const char* data = nullptr;
    /// How many bytes it has.
    std::size_t size = 0;
    /// The type of its column.
    oid type = oids::unspecified;

    /// All its bytes.
    [[nodiscard]] std::string_view bytes() const noexcept { return {data, size}; }
};

// clang-format off
/// Converts a C++ type to PostgreSQL's formats and back. Specialize it for your own types; the
/// headers in `dsql/codecs/` do so for the types that the library supports. All members are static:
///
/// ```cpp
/// struct celsius { float degrees; };
/// template <>
/// struct dsql::codec<celsius> {
///     // The name of the C++ type, for messages.
///     static std::string name() { return "celsius"; }
///     // Declared for a parameter. With oids::unspecified it is sent as text, and the server works
///     // its type out.
///     static constexpr dsql::oid type = dsql::oids::float4;
///     // Only if it may be an element of an array.
///     static constexpr dsql::oid array_type = dsql::oids::float4_array;
///     // Whether a value that was read points into the result. False if left out.
///     static constexpr bool borrows = false;
///     // The types of column from which it can be read.
///     static constexpr bool reads(dsql::oid column) { return column == dsql::oids::float4; }
///     static celsius read(const dsql::binary_value& value) {
///         return {dsql::codec<float>::read(value)};
///     }
///     // The types of parameter or column that `write` can write. If left out, `type` alone.
///     static constexpr bool writes(dsql::oid target) { return target == type; }
///     // Writes PostgreSQL's binary format of `target`.
///     static void write(dsql::byte_writer& out, const celsius& value, dsql::oid target) {
///         dsql::codec<float>::write(out, value.degrees, target);
///     }
///     // Writes PostgreSQL's text format.
///     static void write_text(dsql::byte_writer& out, const celsius& value) {
///         dsql::codec<float>::write_text(out, value.degrees);
///     }
/// };
/// ```
///
/// A type that is only read needs `name`, `reads` and `read`. A type whose `type` is unspecified
/// needs no `write`. A type that is never written as text (a COPY in text format, an unspecified
/// parameter) needs no `write_text`.
///
/// A type that holds a `std::string_view` or a span into the value has to set `borrows`: then calls
/// from which it would dangle do not compile.
///
/// `read` must cope with any bytes, whatever the server sends. `read` and `write` throw
/// `conversion_error` with the reason alone ("the value does not fit"); the library adds the column
/// or parameter, its SQL type and `name()`. NULL never reaches a codec: see `std::optional`.
///
/// For a type that wraps another one see `codec_through`.
// clang-format on
template <class T>
struct codec;

/// Whether a type has a codec to be read with.
template <class T>
concept readable = requires(const binary_value& value) {
    { codec<T>::reads(oid()) } -> std::convertible_to<bool>;
    { codec<T>::read(value) } -> std::same_as<T>;
};

/// Whether a type has a codec to be written with in binary.
template <class T>
concept binary_writable = requires(byte_writer& out, const T& value) {
    { codec<T>::type } -> std::convertible_to<oid>;
    codec<T>::write(out, value, oid());
};

/// Whether a type has a codec to be written with as text.
template <class T>
concept text_writable = requires(byte_writer& out, const T& value) {
    { codec<T>::type } -> std::convertible_to<oid>;
    codec<T>::write_text(out, value);
};

/// Whether a type has a codec to be written with.
template <class T>
concept writable = binary_writable<T> || text_writable<T>;

namespace detail {

template <class T>
[[nodiscard]] constexpr bool codec_writes(oid type);

/// Whether a `T` that was read points into the result that it was read from.
template <class T>
[[nodiscard]] consteval bool codec_borrows() {
    if constexpr (requires {
                      { codec<T>::borrows } -> std::convertible_to<bool>;
                  }) {
        return codec<T>::borrows;
    } else {
        return false;
    }
}

/// Provides `array_type` to a codec that is based on another one; empty if that one has none.
template <class Base>
struct array_type_of {};
template <class Base>
requires requires {
    codec<Base>::array_type;
}
struct array_type_of<Base> {
    static constexpr oid array_type = codec<Base>::array_type;
};

}  // namespace detail

// clang-format off
/// Base class of a codec for a type `T` that wraps a `Base`, which has a codec. The specialization
/// adds two static functions:
///
/// ```cpp
/// struct user_id { std::int64_t number; };
/// template <>
/// struct dsql::codec<user_id> : dsql::codec_through<user_id, std::int64_t> {
///     static std::int64_t to_base(const user_id& id) { return id.number; }
///     static user_id from_base(std::int64_t number) { return {number}; }
/// };
/// ```
///
/// `T` may be an element of an array if `Base` may. If `Base` is a view, such as
/// `std::string_view`, `T` counts as a view of the result too; where `from_base` makes a copy, add
/// `static constexpr bool borrows = false;`.
// clang-format on
template <class T, class Base>
struct codec_through : detail::array_type_of<Base> {
    /// The members that every codec has. @see codec
    ///@{
    static std::string name() { return detail::cpp_name<T>(); }
    static constexpr oid type = codec<Base>::type;
    static constexpr bool borrows = detail::codec_borrows<Base>();
    static constexpr bool reads(oid column) requires readable<Base> {
        return codec<Base>::reads(column);
    }
    static T read(const binary_value& value) {
        return codec<T>::from_base(codec<Base>::read(value));
    }
    static constexpr bool writes(oid column) { return detail::codec_writes<Base>(column); }
    static void write(byte_writer& out, const T& value, oid target) requires binary_writable<Base> {
        codec<Base>::write(out, codec<T>::to_base(value), target);
    }
    static void write_text(byte_writer& out, const T& value) requires text_writable<Base> {
        codec<Base>::write_text(out, codec<T>::to_base(value));
    }
    ///@}
};

namespace detail {

/// Whether binary COPY can fill a column of `type` with a `T`.
template <class T>
[[nodiscard]] constexpr bool codec_writes(oid type) {
    if constexpr (requires { codec<T>::writes(type); }) {
        return codec<T>::writes(type);
    } else {
        return codec<T>::type == type;
    }
}

/// Throws `conversion_error` for a binary value whose size is not that of its type.
[[noreturn]] DSQL_EXPORT void throw_wrong_size(const binary_value& value);

/// A value that is one integer in binary. Throws `conversion_error` when the size is another.
template <class Signed>
[[nodiscard]] inline Signed load_integer(const binary_value& value) {
    if (value.size != sizeof(Signed)) [[unlikely]] {
        throw_wrong_size(value);
    }
    return static_cast<Signed>(load_big_endian<std::make_unsigned_t<Signed>>(value.data));
}

}  // namespace detail

}  // namespace dsql
