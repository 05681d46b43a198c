// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/statement_words.hpp"

#include <string>
#include <string_view>

namespace dsql_local {

/// CREATE [UNIQUE] INDEX ASYNC as a call of the procedure of cluster_schema that builds the index
/// and gives back one row with the job's id. Empty for any other statement.
std::string make_index_job(std::string_view statement, const statement_words& words);

}  // namespace dsql_local
