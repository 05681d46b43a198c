// SPDX-License-Identifier: Apache-2.0
#include "sql/type_rules.hpp"

#include <vector>

namespace dsql_local {

type_description describe_type(const parse_node& type_name) {
    const std::vector<std::string> names = name_parts(field(type_name, "names"));
    type_description type;
    if (names.empty()) {
        return type;
    }
    type.name = names.back();
    if (names.size() == 1) {
        type.is_serial = dsql_rules::get().lists("serial types", type.name);
    }
    if (names.size() == 1 || names.front() == "pg_catalog") {
        if (const rule_fields* rule = dsql_rules::get().find("types", type.name)) {
            type.name = rule->at(0);
            type.use = rule->at(1);
        }
    }
    if (!field(type_name, "arrayBounds").is_null()) {
        type.name += "[]";
        type.use = "queries";
        type.is_array = true;
    }
    return type;
}

std::optional<refusal> find_column_type_refusal(const parse_node& type_name) {
    const type_description type = describe_type(type_name);
    if (type.is_serial && !type.is_array) {
        return refuse("column serial", type.name);
    }
    if (type.use == "queries" || type.use == "nowhere") {
        return refuse("column type", type.name);
    }
    return std::nullopt;
}

std::optional<refusal> find_query_type_refusal(const parse_node& type_name) {
    const type_description type = describe_type(type_name);
    return type.use == "nowhere" ? std::optional(refuse("column type", type.name)) : std::nullopt;
}

}  // namespace dsql_local
