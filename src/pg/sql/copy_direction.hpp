// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace dsql::pg {

/// The direction in which a COPY moves data.
enum class copy_direction { in, out };

/// Returns the direction of a COPY statement by its FROM or TO; none for any other statement.
/// Source: PostgreSQL, "COPY".
[[nodiscard]] std::optional<copy_direction> copy_direction_of(std::string_view sql) noexcept;

}  // namespace dsql::pg
