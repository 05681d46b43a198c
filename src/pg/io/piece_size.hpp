// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace dsql::pg {

/// As much as is collected before it is handed to the network, in bytes: what libpq itself flushes
/// at.
inline constexpr std::size_t piece_size = 65'536;

}  // namespace dsql::pg
