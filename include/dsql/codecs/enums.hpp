// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/codecs/integers.hpp>
#include <dsql/codecs/text.hpp>
#include <dsql/detail/type_traits.hpp>

#include <array>
#include <string>
#include <type_traits>
#include <utility>

namespace dsql {

namespace detail {

/// The value of `enum_labels` for an enumeration without labels.
struct no_enum_labels {};

}  // namespace detail

// clang-format off
/// The labels of an enumeration that the database keeps as an SQL enum or as text. Specialize it
/// before the first use of the enumeration with this library:
///
/// ```cpp
/// enum class mood { sad, happy };
/// template <>
/// inline constexpr auto dsql::enum_labels<mood> = std::to_array<std::pair<mood, std::string_view>>(
///     {{mood::sad, "sad"}, {mood::happy, "happy"}});
/// ```
// clang-format on
template <class Enum>
inline constexpr detail::no_enum_labels enum_labels{};

namespace detail {

template <class Enum>
concept labelled_enum = std::is_enum_v<Enum> &&
    !std::same_as<std::remove_cv_t<decltype(enum_labels<Enum>)>, no_enum_labels>;

template <class Enum>
concept numbered_enum =
    std::is_enum_v<Enum> && !labelled_enum<Enum> && !std::same_as<Enum, std::byte>;

/// Whether every value of the underlying type is a valid value of the enumeration, so that any
/// number from the server may be converted to it.
template <class Enum>
concept takes_any_number = requires(std::underlying_type_t<Enum> number) {
    Enum{number};
};

/// Returns the label in a value, without the blanks with which `character` is padded.
[[nodiscard]] DSQL_EXPORT std::string_view enum_label(const binary_value& value);

/// `labels` lists the valid labels, in quotes.
[[noreturn]] DSQL_EXPORT void throw_unknown_label(std::string_view label,
                                                  const std::string& labels);
[[noreturn]] DSQL_EXPORT void throw_without_label(const std::string& number,
                                                  const std::string& labels);

template <class Enum>
[[nodiscard]] std::string quoted_labels() {
    constexpr std::size_t longest = 500;
    std::string all;
    for (const auto& [value, label] : enum_labels<Enum>) {
        if (all.size() + label.size() > longest) {
            return all + ", ...";
        }
        all += all.empty() ? "\"" : ", \"";
        all += label;
        all += '"';
    }
    return all;
}

template <class Enum>
[[nodiscard]] std::string_view label_of(Enum wanted) {
    for (const auto& [value, label] : enum_labels<Enum>) {
        if (value == wanted) {
            return label;
        }
    }
    throw_without_label(std::to_string(static_cast<std::underlying_type_t<Enum>>(wanted)),
                        quoted_labels<Enum>());
}

}  // namespace detail

/// An enumeration <-> its underlying integer; one with the underlying type `bool` <-> `boolean`. A
/// plain `enum` without an underlying type is only written, because not every number is a valid
/// value of it.
template <detail::numbered_enum Enum>
requires writable<std::underlying_type_t<Enum>>
struct codec<Enum> {
    using number = std::underlying_type_t<Enum>;

    static std::string name() { return detail::cpp_name<Enum>(); }
    static constexpr oid type = codec<number>::type;
    static constexpr oid array_type = codec<number>::array_type;
    static constexpr bool reads(oid column) { return codec<number>::reads(column); }
    static Enum read(const binary_value& value) requires detail::takes_any_number<Enum> {
        return static_cast<Enum>(codec<number>::read(value));
    }
    static constexpr bool writes(oid column) { return detail::codec_writes<number>(column); }
    static void write(byte_writer& out, Enum value, oid target) {
        codec<number>::write(out, static_cast<number>(value), target);
    }
    static void write_text(byte_writer& out, Enum value) {
        codec<number>::write_text(out, static_cast<number>(value));
    }
};

/// An enumeration with `enum_labels` <-> its labels: in an SQL enum, or in text. The server infers
/// the type of a parameter, because only the server knows the OID of an SQL enum; the same holds
/// for an array. A label or a value that is not in `enum_labels` is a `conversion_error`.
template <detail::labelled_enum Enum>
struct codec<Enum> {
    static std::string name() { return detail::cpp_name<Enum>(); }
    static constexpr oid type = oids::unspecified;
    static constexpr oid array_type = oids::unspecified;
    static constexpr bool reads(oid column) {
        return column == oids::text || column == oids::varchar || column == oids::bpchar ||
               column == oids::name || column >= oids::first_user_defined;
    }
    static Enum read(const binary_value& value) {
        const std::string_view wanted = detail::enum_label(value);
        for (const auto& [enumerator, label] : enum_labels<Enum>) {
            if (label == wanted) {
                return enumerator;
            }
        }
        detail::throw_unknown_label(wanted, detail::quoted_labels<Enum>());
    }
    static constexpr bool writes(oid column) {
        return detail::is_text(column) || column >= oids::first_user_defined;
    }
    static void write(byte_writer& out, Enum value, oid target) {
        detail::put_text_as(out, detail::label_of(value), target);
    }
    static void write_text(byte_writer& out, Enum value) {
        detail::put_text(out, detail::label_of(value));
    }
};

}  // namespace dsql
