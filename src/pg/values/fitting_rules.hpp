// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/byte_writer.hpp>
#include <dsql/codec.hpp>
#include <dsql/oid.hpp>

namespace dsql::detail {

/// Compares PostgreSQL's own cast with a rule, for the values that the rule accepts.
enum class own_cast {
    same,  ///< the cast equals the rule: the parameter keeps its type, and values are not checked
    checked,  ///< the cast equals the rule for all values that the rule accepts; others are errors
    lossy,    ///< the cast loses something: the parameter is prepared with the other type
};

/// The rule for a pair of types. `convert` is null if there is no rule.
struct fitting_rule {
    own_cast cast = own_cast::same;
    void (*convert)(byte_writer& out, const binary_value& value, oid to) = nullptr;
};

/// Returns the rule for a value of the type `from` where the type `to` is expected. The rule for
/// two arrays is the rule for their elements.
[[nodiscard]] fitting_rule find_fitting_rule(oid from, oid to) noexcept;

/// Returns the type of an array's elements, and any other type as it is.
[[nodiscard]] oid element_or_self(oid type) noexcept;

}  // namespace dsql::detail
