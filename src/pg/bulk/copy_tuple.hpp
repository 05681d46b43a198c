// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/raw_row.hpp>

#include <string_view>
#include <vector>

namespace dsql::pg {

/// Takes the signature and header of COPY's binary format from the front of `data`.
/// Throws `conversion_error` when they are not there.
/// Source: PostgreSQL, "COPY", Binary Format.
void take_copy_header(std::string_view& data);

/// Takes a row from the front of `data`: its values go to `values`, which point into `data`.
/// Returns false for the trailer, which is taken too. Throws `conversion_error` for bytes that are
/// no row.
[[nodiscard]] bool take_copy_tuple(std::string_view& data, std::vector<detail::raw_value>& values);

}  // namespace dsql::pg
