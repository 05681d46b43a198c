// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/codec.hpp>

#include <vector>

namespace dsql::detail {

/// Returns the elements of a one-dimensional array in binary format. An element that is NULL has no
/// data. Throws `conversion_error` if the bytes are not such an array.
[[nodiscard]] std::vector<binary_value> elements_of(const binary_value& array);

/// Appends the text that PostgreSQL writes under its default settings for a value in binary format,
/// which may be an array.
void put_value_text(byte_writer& out, const binary_value& value);

}  // namespace dsql::detail
