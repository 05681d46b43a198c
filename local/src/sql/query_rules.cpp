// SPDX-License-Identifier: Apache-2.0
#include "sql/query_rules.hpp"

#include "sql/setting_rules.hpp"
#include "sql/type_rules.hpp"

#include <vector>

namespace dsql_local {
namespace {

constexpr std::string_view set_config = "set_config";
constexpr std::string_view text_search_type = "regconfig";

std::optional<refusal> find_lock_refusal(const parse_node& lock) {
    const std::string strength = text_field(lock, "strength");
    return strength == "LCS_FORSHARE" || strength == "LCS_FORNOKEYUPDATE"
               ? std::optional(refuse("locking clause"))
               : std::nullopt;
}

// DSQL has one text search configuration, pg_catalog.simple.
std::optional<refusal> find_text_search_refusal(const parse_node& configuration) {
    const auto name = constant_text(configuration);
    if (!name || name == "simple" || name == "pg_catalog.simple") {
        return std::nullopt;
    }
    return refuse("text search configuration", *name);
}

std::optional<refusal> find_call_refusal(const parse_node& call) {
    const std::vector<std::string> names = name_parts(field(call, "funcname"));
    if (names.empty() || (names.size() > 1 && names.front() != "pg_catalog")) {
        return std::nullopt;
    }
    const std::string& name = names.back();
    const dsql_rules& rules = dsql_rules::get();
    if (rules.lists("functions", name)) {
        return refuse("function", name);
    }
    if (const rule_fields* type = rules.find("types", name);
        type != nullptr && type->at(1) == "nowhere") {
        return refuse("column type", type->at(0));
    }
    const parse_node& arguments = field(call, "args");
    if (arguments.size() > 1 && name == set_config) {
        const auto setting = constant_text(arguments[0]);
        return setting ? find_setting_refusal(*setting, constant_text(arguments[1]).value_or(""))
                       : std::nullopt;
    }
    if (arguments.size() > 1 && rules.lists("text search functions", name)) {
        return find_text_search_refusal(arguments[0]);
    }
    return std::nullopt;
}

std::optional<refusal> find_cast_refusal(const parse_node& cast) {
    const parse_node& type = field(cast, "typeName");
    if (auto found = find_query_type_refusal(type)) {
        return found;
    }
    return describe_type(type).name == text_search_type
               ? find_text_search_refusal(field(cast, "arg"))
               : std::nullopt;
}

}  // namespace

std::optional<refusal> find_node_refusal(std::string_view key, const parse_node& node) {
    if (key == "FuncCall") {
        return find_call_refusal(node);
    }
    if (key == "TypeCast") {
        return find_cast_refusal(node);
    }
    if (key == "LockingClause") {
        return find_lock_refusal(node);
    }
    if (key == "RangeTableSample") {
        return refuse("tablesample");
    }
    if (key == "intoClause") {
        return refuse("select into");
    }
    return std::nullopt;
}

bool makes_constants_matter(std::string_view word) {
    return word == set_config || word == text_search_type ||
           dsql_rules::get().lists("text search functions", word);
}

}  // namespace dsql_local
