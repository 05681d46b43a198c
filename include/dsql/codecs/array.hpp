// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/codec.hpp>
#include <dsql/codecs/text.hpp>

#include <limits>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace dsql {

namespace detail {

/// Reads the elements of a binary array, one after the other. Does not trust the bytes.
class DSQL_EXPORT array_reader {
public:
    /// Throws `conversion_error` for an array of several dimensions and for bytes that are none.
    explicit array_reader(const binary_value& array);

    [[nodiscard]] oid element_type() const noexcept { return element_type_; }
    /// How many elements are left; each takes at least four bytes of the array.
    [[nodiscard]] std::size_t left() const noexcept { return left_; }
    /// The next element; `data` is null for NULL. Precondition: `left()` > 0.
    [[nodiscard]] binary_value next();
    /// Throws `conversion_error` if there are bytes after the last element.
    void finish() const;

private:
    [[nodiscard]] std::int32_t take_int32();

    std::string_view rest_;
    oid element_type_ = oids::unspecified;
    std::size_t left_ = 0;
};

/// Writes the header of an array.
DSQL_EXPORT void put_array_header(byte_writer& out, std::size_t count, bool has_nulls,
                                  oid element_type);
/// Writes the length of an element to the four bytes that were reserved at `at`. The bytes of the
/// element follow them.
DSQL_EXPORT void patch_element_size(byte_writer& out, std::size_t at);
/// Quotes the element's text that begins at `begin`, if that is necessary in an array.
DSQL_EXPORT void quote_array_element(byte_writer& out, std::size_t begin);

[[noreturn]] DSQL_EXPORT void throw_wrong_element_type(oid element);
/// `position` counts from one.
[[noreturn]] DSQL_EXPORT void throw_null_element(std::size_t position);
[[noreturn]] DSQL_EXPORT void throw_in_element(std::size_t position, const conversion_error& why);

/// The type of an element, and whether it may be NULL: `std::optional` may.
template <class E>
struct array_element {
    using value_type = E;
    static constexpr bool may_be_null = false;
};
template <class E>
struct array_element<std::optional<E>> {
    using value_type = E;
    static constexpr bool may_be_null = true;
};
template <class E>
using element_codec = codec<typename array_element<E>::value_type>;

template <class E>
concept storable_in_array = requires {
    { element_codec<E>::array_type } -> std::convertible_to<oid>;
};
template <class E>
concept readable_from_array =
    storable_in_array<E> && readable<typename array_element<E>::value_type>;

template <class E>
[[nodiscard]] E read_element(const binary_value& element, std::size_t position) {
    if (element.data == nullptr) {
        if constexpr (array_element<E>::may_be_null) {
            return std::nullopt;
        } else {
            throw_null_element(position);
        }
    }
    try {
        return element_codec<E>::read(element);
    } catch (const conversion_error& thrown) {
        throw_in_element(position, thrown);
    }
}

template <class E>
[[nodiscard]] bool is_null_element(const E& element) noexcept {
    if constexpr (array_element<E>::may_be_null) {
        return !element.has_value();
    } else {
        return false;
    }
}

template <class E>
[[nodiscard]] const auto& element_value(const E& element) noexcept {
    if constexpr (array_element<E>::may_be_null) {
        return *element;
    } else {
        return element;
    }
}

template <class E>
void write_element(byte_writer& out, const E& element, oid type) {
    const std::size_t at = out.size();
    out.put_int32(-1);
    if (!is_null_element(element)) {
        element_codec<E>::write(out, element_value(element), type);
        patch_element_size(out, at);
    }
}

template <class E>
void write_element_text(byte_writer& out, const E& element) {
    if (is_null_element(element)) {
        return out.put("NULL");
    }
    const std::size_t begin = out.size();
    element_codec<E>::write_text(out, element_value(element));
    quote_array_element(out, begin);
}

/// The elements of a range with `size()`, of elements `E`.
template <class E, class Range>
struct array_codec {
    static constexpr oid type = element_codec<E>::array_type;

    // Strings are of any type one by one, but an array of them is declared as one of text.
    static constexpr bool writes(oid column) {
        const oid element = element_type(column);
        const bool is_declared_so = type == oids::text_array;
        return element != oids::unspecified && (!is_declared_so || is_plain_text(element)) &&
               codec_writes<typename array_element<E>::value_type>(element);
    }
    static void write(byte_writer& out, const Range& elements, oid target) {
        const oid element = element_type(target);
        bool has_nulls = false;
        for (const E& each : elements) {
            has_nulls = has_nulls || is_null_element(each);
        }
        put_array_header(out, elements.size(), has_nulls, element);
        std::size_t position = 0;
        for (const E& each : elements) {
            ++position;
            try {
                write_element<E>(out, each, element);
            } catch (const conversion_error& thrown) {
                throw_in_element(position, thrown);
            }
        }
    }
    static void write_text(byte_writer& out, const Range& elements) {
        char before = '{';
        for (const E& each : elements) {
            out.put_char(before);
            write_element_text<E>(out, each);
            before = ',';
        }
        out.put(elements.size() == 0 ? "{}" : "}");
    }
};

template <class E>
[[nodiscard]] std::string element_name() {
    const std::string name = element_codec<E>::name();
    return array_element<E>::may_be_null ? "std::optional<" + name + ">" : name;
}

}  // namespace detail

/// `std::vector` <-> an array of one dimension, whatever its lower bound; the elements as they are
/// alone. With `std::optional` elements NULLs may be among them; else a NULL is a
/// `conversion_error`, and so is an array of several dimensions. `std::vector<std::byte>` is a
/// `bytea`. Source: PostgreSQL, "Arrays".
template <detail::storable_in_array E>
struct codec<std::vector<E>> : detail::array_codec<E, std::vector<E>> {
    static std::string name() { return "std::vector<" + detail::element_name<E>() + ">"; }
    static constexpr bool borrows =
        detail::codec_borrows<typename detail::array_element<E>::value_type>();
    // The value itself contains the element type of an array type that was made in the database.
    static constexpr bool reads(oid column) requires detail::readable_from_array<E> {
        const oid element = element_type(column);
        return detail::element_codec<E>::reads(
            element == oids::unspecified && column >= oids::first_user_defined ? column : element);
    }
    static std::vector<E> read(const binary_value& value) requires detail::readable_from_array<E> {
        detail::array_reader array(value);
        if (!detail::element_codec<E>::reads(array.element_type())) {
            detail::throw_wrong_element_type(array.element_type());
        }
        std::vector<E> elements;
        elements.reserve(array.left());
        for (std::size_t position = 1; array.left() != 0; ++position) {
            elements.push_back(detail::read_element<E>(array.next(), position));
        }
        array.finish();
        return elements;
    }
};

/// `std::span` -> an array, as `std::vector`. To be written only.
template <detail::storable_in_array E>
struct codec<std::span<const E>> : detail::array_codec<E, std::span<const E>> {
    static std::string name() { return "std::span<const " + detail::element_name<E>() + ">"; }
};

}  // namespace dsql
