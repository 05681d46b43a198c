// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/dsql_rules.hpp"
#include "sql/parse_tree.hpp"

#include <optional>

namespace dsql_local {

/// The functions of this file return the refusal of a statement that defines or changes a table or
/// another relation, by the clauses that it consists of; std::nullopt if DSQL accepts it. They do
/// not look into queries and expressions.

std::optional<refusal> find_create_table_refusal(const parse_node& statement);
std::optional<refusal> find_create_view_refusal(const parse_node& statement);
std::optional<refusal> find_create_sequence_refusal(const parse_node& statement);
std::optional<refusal> find_alter_sequence_refusal(const parse_node& statement);
std::optional<refusal> find_create_domain_refusal(const parse_node& statement);

/// `is_async` if the statement was ALTER TABLE ASYNC.
std::optional<refusal> find_alter_table_refusal(const parse_node& statement, bool is_async);

/// `is_async` if the statement was CREATE INDEX ASYNC, `has_method` if it has a USING clause, which
/// the parse tree does not show.
std::optional<refusal> find_create_index_refusal(const parse_node& statement, bool is_async,
                                                 bool has_method);

}  // namespace dsql_local
