// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/dsql_rules.hpp"
#include "sql/parse_tree.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// Returns the refusal of one node of a query or an expression, without its children: a locking
/// clause, TABLESAMPLE, SELECT INTO, a call of a function, a cast. `key` is the name of the node in
/// the parse tree.
std::optional<refusal> find_node_refusal(std::string_view key, const parse_node& node);

/// Whether a word in a statement means that its refusal depends on the values of its constants,
/// because the word names a function or a type for which that is so. `word` is in lower case.
bool makes_constants_matter(std::string_view word);

}  // namespace dsql_local
