// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>

namespace dsql {

namespace detail {

/// Whether a type is text and nothing more.
[[nodiscard]] constexpr bool is_plain_text(oid type) noexcept {
    return type == oids::text || type == oids::varchar || type == oids::bpchar ||
           type == oids::name;
}

/// Whether a type is text in binary too.
[[nodiscard]] constexpr bool is_text(oid type) noexcept {
    return is_plain_text(type) || type == oids::unknown || type == oids::xml ||
           type == oids::json || type == oids::jsonb;
}

/// The text of a `jsonb`, which follows a version byte. Throws `conversion_error` for an unknown
/// version.
[[nodiscard]] DSQL_EXPORT std::string_view jsonb_text(const binary_value& value);

/// The text of any of the types that are text in binary too.
[[nodiscard]] inline std::string_view text_of(const binary_value& value) {
    return value.type == oids::jsonb ? jsonb_text(value) : value.bytes();
}

/// The text that `numeric` and `uuid` have in SQL.
[[nodiscard]] DSQL_EXPORT std::string scalar_text(const binary_value& value);

/// Throws `conversion_error` with the reason alone for text with a zero byte, which no text of
/// PostgreSQL's can hold.
DSQL_EXPORT void check_no_zero_byte(std::string_view text);

/// Writes text. Throws `conversion_error` for one with a zero byte.
DSQL_EXPORT void put_text(byte_writer& out, std::string_view text);

/// Writes the binary form of a text type.
inline void put_text_as(byte_writer& out, std::string_view text, oid target) {
    if (target == oids::jsonb) {
        out.put_char(1);  // the version
    }
    put_text(out, text);
}

}  // namespace detail

/// `std::string_view` <-> PostgreSQL's types that are text in binary too: text, character varying,
/// character (with its padding), name, xml, json, jsonb; and, only to be read, "char". A value that
/// was read points into the result. A parameter is sent as text without a type, so that the input
/// function of the parameter's type reads it; an array is sent as `text[]`. A zero byte is a
/// `conversion_error` when written.
template <>
struct codec<std::string_view> {
    static std::string name() { return "std::string_view"; }
    static constexpr bool borrows = true;
    static constexpr oid type = oids::unspecified;
    static constexpr oid array_type = oids::text_array;
    static constexpr bool reads(oid column) {
        return detail::is_text(column) || column == oids::char_type;
    }
    static std::string_view read(const binary_value& value) { return detail::text_of(value); }
    static constexpr bool writes(oid column) { return detail::is_text(column); }
    static void write(byte_writer& out, std::string_view value, oid target) {
        detail::put_text_as(out, value, target);
    }
    static void write_text(byte_writer& out, std::string_view value) {
        detail::put_text(out, value);
    }
};

/// `std::string` <-> PostgreSQL's types that are text in binary too, as for `std::string_view`, but
/// with a copy of the text. Reads `numeric` (all its digits) and `uuid` as well.
template <>
struct codec<std::string> {
    static std::string name() { return "std::string"; }
    static constexpr oid type = oids::unspecified;
    static constexpr oid array_type = oids::text_array;
    static constexpr bool reads(oid column) {
        return codec<std::string_view>::reads(column) || is_scalar(column);
    }
    static std::string read(const binary_value& value) {
        return is_scalar(value.type) ? detail::scalar_text(value)
                                     : std::string(detail::text_of(value));
    }
    static constexpr bool writes(oid column) { return detail::is_text(column); }
    static void write(byte_writer& out, std::string_view value, oid target) {
        detail::put_text_as(out, value, target);
    }
    static void write_text(byte_writer& out, std::string_view value) {
        detail::put_text(out, value);
    }

private:
    static constexpr bool is_scalar(oid column) {
        return column == oids::numeric || column == oids::uuid;
    }
};

}  // namespace dsql
