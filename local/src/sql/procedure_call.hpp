// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/statement_words.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace dsql_local {

/// The CALL that replaces a statement that PostgreSQL does not have, or executes otherwise than
/// DSQL. cluster_schema_sql() creates the procedures. It can also be another statement of the same
/// kind.
struct procedure_call {
    std::string sql = {};  ///< empty if the statement is not replaced
    /// The tag of the CommandComplete for the client, a string literal; empty if PostgreSQL's tag
    /// is right.
    std::string_view tag = {};

    bool empty() const noexcept { return sql.empty(); }
};

/// Returns the CALL for CREATE INDEX ASYNC, for ALTER TABLE ASYNC with VALIDATE CONSTRAINT, and for
/// AWS IAM GRANT and REVOKE. `statement` is the text of `words`. A malformed statement is not
/// replaced, so that PostgreSQL reports its syntax error.
procedure_call find_procedure_call(std::string_view statement, const statement_words& words);

/// Returns the position of the word ASYNC in CREATE INDEX ASYNC and ALTER TABLE ASYNC; 0 in other
/// statements.
std::size_t find_async(const statement_words& words);

/// Returns a statement without the token at `index`.
std::string without_word(std::string_view statement, const statement_words& words,
                         std::size_t index);

/// Returns a string constant in dollar quotes, which needs no escapes. It ends with a blank, which
/// separates the end of the text from the tag.
std::string dollar_quote(std::string_view text);

}  // namespace dsql_local
