// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>

#include <string_view>

namespace dsql::detail {

/// Copies a text and a null character to `memory`, which has room for both. Returns `memory`.
char* copy_to(char* memory, std::string_view text) noexcept;

/// Copies a text for a caller in C, who frees it with `dsql_string_free`. Throws `std::bad_alloc`.
[[nodiscard]] char* copy_for_c(std::string_view text);

/// Returns the limits of a call in C. A negative time is none.
[[nodiscard]] call_limits limits_of(int timeout_ms);

}  // namespace dsql::detail
