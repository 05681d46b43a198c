// SPDX-License-Identifier: Apache-2.0
#include <dsql/codecs/array.hpp>

#include "base/text.hpp"

#include <algorithm>

namespace dsql::detail {

namespace {

constexpr std::size_t length_size = sizeof(std::int32_t);

[[noreturn]] void throw_no_array() {
    throw conversion_error("the bytes are no array in binary");
}

// Whether array_out() quotes an element because of this character. Source: PostgreSQL, "Array Input
// and Output Syntax".
bool is_special(char c) noexcept {
    return c == '{' || c == '}' || c == ',' || c == '"' || c == '\\' || is_space(c);
}

bool is_escaped(char c) noexcept {
    return c == '"' || c == '\\';
}

bool needs_quotes(std::string_view text) {
    if (text.empty() || (text.size() == 4 && lower(text) == "null")) {
        return true;
    }
    return std::any_of(text.begin(), text.end(), is_special);
}

std::size_t escapes_in(std::string_view text) noexcept {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_escaped));
}

}  // namespace

array_reader::array_reader(const binary_value& array) : rest_(array.bytes()) {
    const std::int32_t dimensions = take_int32();
    const std::int32_t flags = take_int32();
    element_type_ = static_cast<oid>(take_int32());
    if (dimensions < 0 || (flags != 0 && flags != 1)) {
        throw_no_array();
    }
    if (dimensions > 1) {
        throw conversion_error("the array has " + std::to_string(dimensions) +
                               " dimensions; only one can be read");
    }
    if (dimensions == 0) {
        finish();
        return;
    }
    const std::int32_t count = take_int32();
    static_cast<void>(take_int32());  // the index of the first element
    if (count < 0 || static_cast<std::size_t>(count) > rest_.size() / length_size) {
        throw_no_array();
    }
    left_ = static_cast<std::size_t>(count);
}

std::int32_t array_reader::take_int32() {
    if (rest_.size() < length_size) {
        throw_no_array();
    }
    const auto value = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(rest_.data()));
    rest_.remove_prefix(length_size);
    return value;
}

binary_value array_reader::next() {
    const std::int32_t size = take_int32();
    --left_;
    if (size == -1) {
        return {nullptr, 0, element_type_};
    }
    if (size < 0 || static_cast<std::size_t>(size) > rest_.size()) {
        throw_no_array();
    }
    const binary_value element{rest_.data(), static_cast<std::size_t>(size), element_type_};
    rest_.remove_prefix(element.size);
    return element;
}

void array_reader::finish() const {
    if (!rest_.empty()) {
        throw_no_array();
    }
}

void put_array_header(byte_writer& out, std::size_t count, bool has_nulls, oid element_type) {
    if (count > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        throw conversion_error("an array of " + std::to_string(count) + " elements is too long");
    }
    const bool empty = count == 0;
    out.put_int32(empty ? 0 : 1);  // dimensions
    out.put_int32(has_nulls ? 1 : 0);
    out.put_uint32(element_type);
    if (!empty) {
        out.put_int32(static_cast<std::int32_t>(count));
        out.put_int32(1);  // the index of the first element
    }
}

void patch_element_size(byte_writer& out, std::size_t at) {
    const std::size_t size = out.size() - at - length_size;
    if (size > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        throw conversion_error("it is longer than 2 GiB");
    }
    out.patch_int32(at, static_cast<std::int32_t>(size));
}

void quote_array_element(byte_writer& out, std::size_t begin) {
    const std::string_view text = out.view().substr(begin);
    if (!needs_quotes(text)) {
        return;
    }
    const std::size_t size = text.size();
    const std::size_t added = 2 + escapes_in(text);
    // Goes from the end to the beginning, so that the text can move within the writer without a
    // copy.
    char* to = out.extend(added) + added;
    const char* from = to - added;
    *--to = '"';
    for (std::size_t i = 0; i < size; ++i) {
        *--to = *--from;
        if (is_escaped(*to)) {
            *--to = '\\';
        }
    }
    *--to = '"';
}

void throw_wrong_element_type(oid element) {
    throw conversion_error("its elements are of type " + type_name(element));
}

void throw_null_element(std::size_t position) {
    throw conversion_error("element " + std::to_string(position) +
                           " is NULL; read the elements as std::optional");
}

void throw_in_element(std::size_t position, const conversion_error& why) {
    throw conversion_error("element " + std::to_string(position) + ": " + why.what());
}

}  // namespace dsql::detail
