// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/dsql_rules.hpp"
#include "sql/procedure_call.hpp"
#include "sql/sql_dialect.hpp"

#include <cstddef>
#include <memory>
#include <optional>
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

/// What the endpoint knows about a statement before PostgreSQL gets it. It is derived from the
/// parse tree, except `may_write`, which split_query() finds out.
struct sql_statement {
    std::size_t offset = 0;  ///< its position in the SQL
    std::size_t size = 0;    ///< without the semicolon
    statement_kind kind = statement_kind::empty;
    bool is_parsed = false;        ///< false if it has a syntax error
    bool chains = false;           ///< COMMIT AND CHAIN
    bool touches_storage = false;  ///< reads or writes tables or the catalog
    bool writes = false;           ///< changes or locks rows
    bool may_write = false;        ///< writes, or calls a function of which that is not known
    /// The functions that it calls when it is executed, as far as no system schema is named.
    std::vector<std::string> called = {};
    /// The relations that a statement which may write names without a schema.
    std::vector<std::string> tables = {};
    bool names_schema = false;      ///< names a relation with its schema, except of the catalog
    bool changes_settings = false;  ///< SET, RESET and the like, or names set_config()
    /// Locks rows with NOWAIT or SKIP LOCKED.
    bool has_wait_policy = false;
    bool reads_columns_of_16 = false;  ///< of the catalog; see with_columns_of_16()
    bool is_copy = false;              ///< needs data from the client before it completes
    bool is_ddl = false;               ///< changes the catalog
    bool is_temporary = false;         ///< DDL that creates a temporary object
    bool tolerates_existing = false;   ///< DDL with IF NOT EXISTS or OR REPLACE
    /// The names, without schemas, of the relations that DDL creates, changes or drops; for an
    /// index, the name of its table.
    std::vector<std::string> objects = {};
    bool waits_for_job = false;  ///< CALL sys.wait_for_job()
    bool explains = false;       ///< EXPLAIN
    /// EXPLAIN with ANALYZE and VERBOSE as text, to which DSQL adds an estimate of DPUs.
    bool estimates_dpus = false;
    /// The name that PREPARE gives to a statement, and the statement.
    std::string prepared_name = {};
    std::shared_ptr<const sql_statement> prepared = {};
    /// The name of the prepared statement that EXECUTE, or EXPLAIN ANALYZE EXECUTE, executes.
    std::string executed_name = {};
    /// The value that SET gives to disable_sync_create_index.
    std::optional<bool> disables_sync_index = {};
    /// The error if DSQL does not have the statement.
    std::optional<refusal> refused = {};
    procedure_call call = {};  ///< replaces the statement, unless it is empty
};

/// Splits a simple query into its statements and analyzes each. Leaves out empty statements, so the
/// result may be empty. If one of them has a syntax error, none is refused: PostgreSQL reports the
/// error before it executes anything. Remembers the analysis of recent statements. Thread-safe.
std::vector<sql_statement> split_statements(std::string_view sql,
                                            sql_dialect dialect = sql_dialect::dsql);

}  // namespace dsql_local
