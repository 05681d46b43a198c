// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {

/// A node of PostgreSQL's parse tree, as libpg_query prints it: an object of the node's fields, in
/// PostgreSQL's order. Fields with the value zero, false or null are missing.
using parse_node = nlohmann::ordered_json;

/// A statement: PostgreSQL's name of its type, such as SelectStmt, and its fields.
struct parsed_statement {
    std::string type;
    parse_node fields;
};

/// Parses one statement with PostgreSQL's own grammar, that of libpg_query. Returns std::nullopt if
/// it has a syntax error, if it is not UTF-8, if it is nested very deeply, or if there is not
/// exactly one statement.
std::optional<parsed_statement> parse_statement(std::string_view sql);

/// Returns a field of a node; a null node if it is missing or `node` is no object.
const parse_node& field(const parse_node& node, std::string_view name);

/// Whether a field is there.
inline bool has_field(const parse_node& node, std::string_view name) {
    return !field(node, name).is_null();
}

/// Returns a field that is text; empty if it is missing.
std::string text_field(const parse_node& node, std::string_view name);

/// Returns a field that is a number; 0 if it is missing.
long long number_field(const parse_node& node, std::string_view name);

/// Whether a field is true.
bool flag_field(const parse_node& node, std::string_view name);

/// Returns the parts of a qualified name, which is a list of String nodes.
std::vector<std::string> name_parts(const parse_node& list);

/// Returns the text of a constant or of a list whose only item is one; std::nullopt for anything
/// else, such as an expression.
std::optional<std::string> constant_text(const parse_node& node);

}  // namespace dsql_local
