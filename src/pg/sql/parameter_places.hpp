// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace dsql::pg {

/// The place of a parameter, as far as it decides how the server infers the parameter's type.
enum class parameter_place {
    /// Anywhere else: an argument of a function, an operand of an operator between two parameters,
    /// an item of an inner SELECT or VALUES list. Without a declared type, the server takes it for
    /// text or rejects it.
    other,
    /// An operand of arithmetic or of a cast. The server infers the type of the cast or of the
    /// other operand. That is right for numbers, but wrong for a timestamp to which an interval is
    /// added.
    computed,
    /// An operand of a comparison, or an item of a list that IN compares with.
    compared,
    /// A value of a row to be stored, or the right side of an assignment. The server infers the
    /// type of the column.
    stored,
};

/// Returns the places of the parameters `$1` to `$count` of a statement. A parameter that occurs
/// several times is `stored` if each of its places is; otherwise it is `other`, because the server
/// rejects a parameter that would have two types. A parameter that does not occur is `other`.
[[nodiscard]] std::vector<parameter_place> parameter_places(std::string_view sql,
                                                            std::size_t count);

}  // namespace dsql::pg
