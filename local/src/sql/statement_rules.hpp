// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/dsql_rules.hpp"
#include "sql/parse_tree.hpp"

#include <optional>

namespace dsql_local {

/// What DSQL's own syntax adds to a statement, which its parse tree does not show.
struct own_syntax {
    bool is_async = false;    ///< CREATE INDEX ASYNC or ALTER TABLE ASYNC
    bool has_method = false;  ///< CREATE INDEX with USING
};

/// Returns the refusal of a statement: by its kind, its clauses, and whatever queries, expressions
/// and statements it contains. std::nullopt if DSQL accepts it.
std::optional<refusal> find_refusal(const parsed_statement& statement, const own_syntax& own);

}  // namespace dsql_local
