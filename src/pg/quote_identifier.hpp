// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::pg {

/// Quotes a name, so that SQL takes it literally. Throws `config_error`, whose message begins with
/// `whose`, for an empty name, a name with a zero byte, and one that PostgreSQL would truncate.
[[nodiscard]] std::string quote_identifier(std::string_view name, const char* whose);

/// Quotes a table's name, after its schema unless that is empty. Throws like `quote_identifier`.
[[nodiscard]] std::string quoted_table(std::string_view schema, std::string_view table,
                                       const char* whose);

}  // namespace dsql::pg
