// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sql/dsql_rules.hpp"
#include "sql/parse_tree.hpp"

#include <optional>
#include <string>

namespace dsql_local {

/// What the rules say about a type that a statement names.
struct type_description {
    std::string name = {};     ///< as messages print it
    std::string use = "keys";  ///< where DSQL accepts it: keys, tables, queries or nowhere
    bool is_array = false;
    bool is_serial = false;  ///< serial, bigserial, ...: no type, and DSQL has no short form for it
};

/// Describes a TypeName node. A type that the rules do not list, such as a domain, is accepted.
type_description describe_type(const parse_node& type_name);

/// Returns the refusal of a type for a column or a domain.
std::optional<refusal> find_column_type_refusal(const parse_node& type_name);

/// Returns the refusal of a type in a query, such as the target of a cast.
std::optional<refusal> find_query_type_refusal(const parse_node& type_name);

}  // namespace dsql_local
