// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/detail/type_traits.hpp>

#include <limits>
#include <type_traits>
#include <utility>

namespace dsql {

/// `bool` <-> `boolean`.
template <>
struct codec<bool> {
    static std::string name() { return "bool"; }
    static constexpr oid type = oids::boolean;
    static constexpr oid array_type = oids::boolean_array;
    static constexpr bool reads(oid column) { return column == oids::boolean; }
    static bool read(const binary_value& value) {
        return detail::load_integer<signed char>(value) != 0;
    }
    static void write(byte_writer& out, bool value, oid /*target*/) { out.put_char(value ? 1 : 0); }
    static void write_text(byte_writer& out, bool value) { out.put_char(value ? 't' : 'f'); }
};

namespace detail {

[[noreturn]] DSQL_EXPORT void throw_does_not_fit(long long value);
[[noreturn]] DSQL_EXPORT void throw_does_not_fit(unsigned long long value);

/// `value` as an `Integer`; throws `conversion_error` if it does not fit.
template <integer_type Integer, integer_type From>
[[nodiscard]] constexpr Integer narrow(From value) {
    if (!std::in_range<Integer>(value)) [[unlikely]] {
        if constexpr (std::is_signed_v<From>) {
            throw_does_not_fit(static_cast<long long>(value));
        } else {
            throw_does_not_fit(static_cast<unsigned long long>(value));
        }
    }
    return static_cast<Integer>(value);
}

/// Writes an integer in decimal digits.
DSQL_EXPORT void put_number_text(byte_writer& out, long long value);
DSQL_EXPORT void put_number_text(byte_writer& out, unsigned long long value);
template <integer_type Integer>
void put_number_text(byte_writer& out, Integer value) {
    using widest = std::conditional_t<std::is_signed_v<Integer>, long long, unsigned long long>;
    put_number_text(out, static_cast<widest>(value));
}

/// The smallest of PostgreSQL's integers that has all values of the type, or else the largest.
template <integer_type Integer>
[[nodiscard]] constexpr oid integer_oid() noexcept {
    if constexpr (std::in_range<std::int16_t>(std::numeric_limits<Integer>::max())) {
        return oids::int2;
    } else if constexpr (std::in_range<std::int32_t>(std::numeric_limits<Integer>::max())) {
        return oids::int4;
    } else {
        return oids::int8;
    }
}

[[nodiscard]] constexpr oid integer_array_oid(oid element) noexcept {
    if (element == oids::int2) {
        return oids::int2_array;
    }
    return element == oids::int4 ? oids::int4_array : oids::int8_array;
}

template <integer_type Integer>
[[nodiscard]] constexpr const char* integer_name() noexcept {
    constexpr bool is_signed = std::is_signed_v<Integer>;
    if constexpr (sizeof(Integer) == 1) {
        return is_signed ? "signed char" : "unsigned char";
    } else if constexpr (one_of<Integer, short, unsigned short>) {
        return is_signed ? "short" : "unsigned short";
    } else if constexpr (one_of<Integer, int, unsigned int>) {
        return is_signed ? "int" : "unsigned int";
    } else if constexpr (one_of<Integer, long, unsigned long>) {
        return is_signed ? "long" : "unsigned long";
    } else {
        return is_signed ? "long long" : "unsigned long long";
    }
}

}  // namespace detail

/// The integers of C++ <-> `smallint`, `integer` and `bigint`, each from and to each: a value that
/// does not fit is a `conversion_error`. A parameter is declared as the smallest of the three that
/// has all values of the C++ type; `bigint` for the unsigned 64-bit ones. `unsigned int` and wider
/// types read `oid` as well. No characters: `char` is text in one program and a number in the next.
template <detail::integer_type Integer>
struct codec<Integer> {
    static std::string name() { return detail::integer_name<Integer>(); }
    static constexpr oid type = detail::integer_oid<Integer>();
    static constexpr oid array_type = detail::integer_array_oid(type);

    static constexpr bool reads(oid column) {
        const bool has_object_identifiers =
            std::in_range<Integer>(std::numeric_limits<std::uint32_t>::max());
        return writes(column) || (has_object_identifiers && column == oids::object_identifier);
    }
    static Integer read(const binary_value& value) {
        switch (value.type) {
            case oids::int2:
                return detail::narrow<Integer>(detail::load_integer<std::int16_t>(value));
            case oids::int4:
                return detail::narrow<Integer>(detail::load_integer<std::int32_t>(value));
            case oids::object_identifier:
                return detail::narrow<Integer>(
                    static_cast<std::uint32_t>(detail::load_integer<std::int32_t>(value)));
            default:
                return detail::narrow<Integer>(detail::load_integer<std::int64_t>(value));
        }
    }

    static constexpr bool writes(oid column) {
        return column == oids::int2 || column == oids::int4 || column == oids::int8;
    }
    static void write(byte_writer& out, Integer value, oid target) {
        switch (target) {
            case oids::int2:
                return out.put_int16(detail::narrow<std::int16_t>(value));
            case oids::int4:
                return out.put_int32(detail::narrow<std::int32_t>(value));
            default:
                return out.put_int64(detail::narrow<std::int64_t>(value));
        }
    }
    static void write_text(byte_writer& out, Integer value) { detail::put_number_text(out, value); }
};

}  // namespace dsql
