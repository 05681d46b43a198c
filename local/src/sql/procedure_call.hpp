// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/statement_words.hpp"

#include <string>
#include <string_view>

namespace dsql_local {

/// The CALL that replaces a statement of DSQL that PostgreSQL does not have. cluster_schema_sql()
/// creates the procedures.
struct procedure_call {
    std::string sql = {};       ///< empty if the statement is not replaced
    std::string_view tag = {};  ///< the tag of the CommandComplete for the client; a string literal

    bool empty() const noexcept { return sql.empty(); }
};

/// Returns the CALL for CREATE INDEX ASYNC, for ALTER TABLE ASYNC with VALIDATE CONSTRAINT, and for
/// AWS IAM GRANT and REVOKE. `statement` is the text of `words`. A malformed statement is not
/// replaced, so that PostgreSQL reports its syntax error.
procedure_call find_procedure_call(std::string_view statement, const statement_words& words);

}  // namespace dsql_local
