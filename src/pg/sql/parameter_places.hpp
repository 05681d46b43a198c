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
    /// One side of arithmetic. It would be taken for the type of the other side, which is right for
    /// numbers and wrong for a moment, to which an interval is added.
    arithmetic,
    /// A value of a row to be stored, one side of a comparison, the operand of a cast. It would be
    /// taken for the type of the column or expression that it meets.
    direct,
};

/// The places of a statement's parameters `$1` to `$count`. One that stands in several has the
/// first of the above that applies to any of them; one that is not there has `other`.
[[nodiscard]] std::vector<parameter_place> parameter_places(std::string_view sql,
                                                            std::size_t count);

}  // namespace dsql::pg
