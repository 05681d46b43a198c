// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace dsql::pg {

/// Which way a COPY moves data.
enum class copy_direction { in, out };

/// The direction of a statement that is a COPY, by its FROM or TO; none for any other statement.
/// Source: PostgreSQL, "COPY".
[[nodiscard]] std::optional<copy_direction> copy_direction_of(std::string_view sql) noexcept;

}  // namespace dsql::pg
