// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/parse_tree.hpp"
#include "sql/sql_statement.hpp"

namespace dsql_local {

/// Returns what the endpoint must know of a statement: its effect on the transaction, what it reads
/// and writes, what it is about. Leaves out its position, its refusal and what replaces it.
sql_statement find_traits(const parsed_statement& statement);

}  // namespace dsql_local
