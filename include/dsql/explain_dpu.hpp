// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/export.hpp>
#include <dsql/parameters.hpp>
#include <dsql/sql_text.hpp>

#include <optional>
#include <span>
#include <string>

namespace dsql {

class connection;
class pool;

/// What a statement costs in Distributed Processing Units, as DSQL estimates it. A plain value.
/// Source: Aurora DSQL User Guide, "Understanding DPUs in EXPLAIN ANALYZE".
struct dpu_estimate {
    double compute = 0;                          ///< for computing the result
    double read = 0;                             ///< for reading storage
    double write = 0;                            ///< for writing to storage
    std::optional<double> multi_region_write{};  ///< for writing to other regions of the cluster
    double total = 0;                            ///< the sum of all of these
    std::string plan{};  ///< the whole output of EXPLAIN, with its line breaks
};

/// Reads the estimate from the lines of EXPLAIN ANALYZE VERBOSE. Throws `error` when there is none
/// in them, or a number cannot be read.
[[nodiscard]] DSQL_EXPORT dpu_estimate parse_dpu_estimate(std::span<const std::string> lines);

namespace detail {
DSQL_EXPORT dpu_estimate explain_dpu(connection& target, const call_limits& limits,
                                     const sql_text& sql, const argument_view& values);
DSQL_EXPORT dpu_estimate explain_dpu(pool& target, const call_limits& limits, const sql_text& sql,
                                     const argument_view& values);
}  // namespace detail

/// Runs EXPLAIN ANALYZE VERBOSE of a statement in a transaction that is rolled back, and returns
/// what the statement costs. The statement is executed, but its effects are undone. `target` is a
/// `connection` or a `pool`.
///
/// Throws `config_error` for a prepared `statement`, `error` when the server estimates no DPUs and
/// when the connection is inside a transaction, and what `query_functions::query` throws.
template <class Target, class... Vs>
[[nodiscard]] dpu_estimate explain_dpu(Target& target, const call_limits& limits, sql_text sql,
                                       const Vs&... values) {
    const auto bound = detail::bind_values({}, values...);
    return detail::explain_dpu(target, limits, sql, bound.view());
}
/// Estimates the cost of a statement without limits of its own.
/// @see explain_dpu(Target&, const call_limits&, sql_text, const Vs&...)
template <class Target, class... Vs>
[[nodiscard]] dpu_estimate explain_dpu(Target& target, sql_text sql, const Vs&... values) {
    return explain_dpu(target, call_limits(), sql, values...);
}

}  // namespace dsql
