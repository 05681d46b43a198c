// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace dsql::pg {

/// Which of a statement's parameters `$1` to `$count` stand where the server can work out their
/// types by itself, and works out the type of the column or expression they meet: a value of a
/// row to be inserted, one side of an operator, the operand of a cast.
///
/// False for all others: arguments of functions, operators between two parameters, items of an
/// inner SELECT or VALUES list. There an undeclared parameter would be taken for text, or refused.
/// All of a parameter's places have to be such.
[[nodiscard]] std::vector<bool> inferable_parameters(std::string_view sql, std::size_t count);

}  // namespace dsql::pg
