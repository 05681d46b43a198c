// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dsql::pg {

/// A name as SQL takes it in any case. `whose` goes in front of the text of the `config_error` that
/// is thrown for an empty name, or one with a zero byte.
[[nodiscard]] std::string quote_identifier(std::string_view name, const char* whose);

/// The same for a table, with its schema unless that is empty.
[[nodiscard]] std::string quoted_table(std::string_view schema, std::string_view table,
                                       const char* whose);

}  // namespace dsql::pg
