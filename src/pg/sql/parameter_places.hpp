// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace dsql::pg {

/// Where a parameter stands, as far as that says how the server would work out its type.
enum class parameter_place {
    /// Anywhere else: the argument of a function, an operand of two parameters, an item of an inner
    /// SELECT or VALUES list. If it had no declared type it would be taken for text, or refused.
    other,
    /// One side of arithmetic, or the operand of a cast. It would be taken for the type of the cast
    /// or of the other side, which is right for numbers. It is wrong for a moment to which an
    /// interval is added.
    computed,
    /// One side of a comparison, or an item of a list that IN compares with.
    compared,
    /// A value of a row to be stored, or the right side of an assignment. It would be taken for the
    /// type of the column.
    stored,
};

/// The places of a statement's parameters `$1` to `$count`. One that stands in several is `stored`
/// if it is so in all of them, else `other`, because the server refuses one that would have two
/// types; one that is not there is `other`.
[[nodiscard]] std::vector<parameter_place> parameter_places(std::string_view sql,
                                                            std::size_t count);

}  // namespace dsql::pg
