// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/codec.hpp>

#include <vector>

namespace dsql::detail {

/// Returns the elements of a one-dimensional array in binary; NULL has no data. Throws
/// `conversion_error` for bytes that are no such array.
[[nodiscard]] std::vector<binary_value> elements_of(const binary_value& array);

/// Appends the text that PostgreSQL writes for a binary value, an array included, under its default
/// settings.
void put_value_text(byte_writer& out, const binary_value& value);

}  // namespace dsql::detail
