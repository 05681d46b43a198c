// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/parse_tree.hpp"
#include "sql/procedure_call.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace dsql_local {

/// Returns what PostgreSQL gets instead of a statement that both have, but with another effect:
/// SHOW of a setting that differs, SET of a setting that only DSQL has, and ALTER TABLE with DROP,
/// which DSQL refuses for primary keys. Empty for other statements.
procedure_call find_rewriting(const parsed_statement& statement, std::string_view text);

/// Whether a CREATE TABLE or ALTER TABLE that the parser knows has a STORAGE clause for a column. A
/// parser of PostgreSQL 15 or earlier does not parse these.
bool has_storage_clause(const parsed_statement& statement);

/// Returns CREATE TABLE or ALTER TABLE without its STORAGE clauses, which PostgreSQL 15 cannot
/// parse. std::nullopt if there are none.
std::optional<std::string> without_storage_clauses(std::string_view statement);

/// Some columns of pg_database and pg_collation are missing or have other names in PostgreSQL 15 or
/// 17. Returns a statement that reads them as in PostgreSQL 16, whatever the server's version; a
/// missing column is null. std::nullopt if the statement reads none of them. Only columns written
/// as psql writes them are found: in lower case, with the alias of the table in front.
std::optional<std::string> with_columns_of_16(std::string_view statement);

/// Returns a statement with blanks in the place of each NOWAIT and SKIP LOCKED of a locking clause:
/// DSQL accepts them, but has no locks that they could find.
std::string without_wait_policies(std::string_view statement);

/// Returns the value that SET or RESET gives to disable_sync_create_index; std::nullopt for other
/// statements.
std::optional<bool> find_sync_index_setting(const parsed_statement& statement);

}  // namespace dsql_local
