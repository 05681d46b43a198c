// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/statement_words.hpp"

#include <string>
#include <string_view>

namespace dsql_local {

/// A statement that DSQL has and PostgreSQL does not, as the CALL of a procedure that does it; see
/// cluster_schema_sql().
struct procedure_call {
    std::string sql = {};       ///< empty: no such statement
    std::string_view tag = {};  ///< of the CommandComplete that the client is to see; static

    bool empty() const noexcept { return sql.empty(); }
};

/// Knows CREATE INDEX ASYNC, ALTER TABLE ASYNC ... VALIDATE CONSTRAINT, AWS IAM GRANT and AWS IAM
/// REVOKE. `statement` is the text of `words`. One that is not well-formed is none: PostgreSQL then
/// says where its syntax is wrong.
procedure_call find_procedure_call(std::string_view statement, const statement_words& words);

}  // namespace dsql_local
