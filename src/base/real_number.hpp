// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <string_view>
#include <system_error>

namespace dsql::detail {

/// Reads the whole of `text`, digits with an optional minus sign, point and exponent, as the
/// nearest number. Returns `result_out_of_range` if the number is too large, or so close to zero
/// that it would become zero, and `invalid_argument` for any other text, also for infinities and
/// NaN; `value` is unchanged then. The locale of the program does not matter.
[[nodiscard]] DSQL_EXPORT std::errc read_real(std::string_view text, double& value);
/// The same for a `float`, which is rounded once.
[[nodiscard]] DSQL_EXPORT std::errc read_real(std::string_view text, float& value);

/// The same by `strtod(3)`, for libc++ before version 20: its `std::from_chars` only reads
/// integers.
[[nodiscard]] DSQL_EXPORT std::errc read_real_by_c_library(std::string_view text, double& value);
/// The same by `strtof(3)`.
[[nodiscard]] DSQL_EXPORT std::errc read_real_by_c_library(std::string_view text, float& value);

}  // namespace dsql::detail
