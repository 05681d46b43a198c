// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace dsql_cli::load {

/// The position of the first byte that PostgreSQL would not take as UTF-8 text: a malformed
/// sequence, or a zero byte. `text.size()` if there is none. Source: RFC 3629.
[[nodiscard]] std::size_t first_invalid_byte(std::string_view text) noexcept;

}  // namespace dsql_cli::load
