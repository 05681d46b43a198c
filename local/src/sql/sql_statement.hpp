// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/procedure_call.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// The effect of a statement on the transaction.
enum class statement_kind {
    empty,
    begin,
    commit,
    rollback,  ///< of the whole transaction, not to a savepoint
    other,
};

/// What the endpoint knows about a statement before PostgreSQL gets it. It is derived from
/// keywords, not by a parser, so writes within a function or a DO block are not recognized.
struct sql_statement {
    std::size_t offset = 0;  ///< its position in the SQL
    std::size_t size = 0;    ///< without the semicolon
    statement_kind kind = statement_kind::empty;
    bool chains = false;           ///< COMMIT AND CHAIN
    bool touches_storage = false;  ///< reads or writes tables or the catalog
    bool writes = false;           ///< changes or locks rows
    bool is_copy = false;          ///< needs data from the client before it completes
    bool is_ddl = false;           ///< changes the catalog
    bool is_temporary = false;     ///< DDL with TEMPORARY
    /// The names, without schemas, of the objects that DDL creates, changes or drops.
    std::vector<std::string> objects = {};
    bool waits_for_job = false;  ///< CALL sys.wait_for_job()
    bool explains = false;       ///< EXPLAIN
    /// EXPLAIN with ANALYZE and VERBOSE as text, to which DSQL adds an estimate of DPUs.
    bool estimates_dpus = false;
    /// The message of the error 0A000 if DSQL does not support the statement; else empty.
    std::string unsupported = {};
    procedure_call call = {};  ///< replaces the statement, unless it is empty
};

/// Splits a simple query into its statements. Leaves out empty statements, so the result may be
/// empty.
std::vector<sql_statement> split_statements(std::string_view sql);

}  // namespace dsql_local
