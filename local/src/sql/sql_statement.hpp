// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/procedure_call.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// What a statement does to the transaction.
enum class statement_kind {
    empty,
    begin,
    commit,
    rollback,  ///< of all of it, not to a savepoint
    other,
};

/// What the endpoint has to know of a statement before PostgreSQL sees it. It is told by words, not
/// by a parser: a function or a DO block that writes does not show it.
struct sql_statement {
    std::size_t offset = 0;  ///< where it is in the SQL, without the semicolon
    std::size_t size = 0;
    statement_kind kind = statement_kind::empty;
    bool chains = false;           ///< COMMIT AND CHAIN
    bool touches_storage = false;  ///< reads or writes tables, or the catalogue
    bool writes = false;           ///< changes or locks rows
    bool is_copy = false;          ///< needs an answer before it is over
    bool is_ddl = false;           ///< changes the catalogue
    bool is_temporary = false;     ///< DDL that says TEMPORARY
    /// What DDL makes, changes or drops, as far as the text tells; no schemas.
    std::vector<std::string> objects = {};
    bool waits_for_job = false;  ///< CALL sys.wait_for_job()
    /// Why DSQL does not take it: the message of a 0A000. Empty: it does.
    std::string unsupported = {};
    procedure_call call = {};  ///< goes to PostgreSQL instead, unless it is empty
};

/// The statements of a simple query, split at the semicolons that end them. Empty ones are left
/// out, so that there may be none.
std::vector<sql_statement> split_statements(std::string_view sql);

}  // namespace dsql_local
