// SPDX-License-Identifier: Apache-2.0
#include "sql/statement_rules.hpp"

#include "sql/query_rules.hpp"
#include "sql/setting_rules.hpp"
#include "sql/sql_statement.hpp"
#include "sql/table_rules.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_local {
namespace {

constexpr std::string_view statement_suffix = "Stmt";

bool is_system_schema(const std::string& name) {
    return dsql_rules::get().lists("system schemas", name);
}

found_refusal find_listed_statement_refusal(std::string_view type) {
    const dsql_rules& rules = dsql_rules::get();
    const rule_fields* rule = rules.find("statements", type);
    if (rule == nullptr) {
        return make_refusal(rules.find("statements", "other")->at(1),
                            type.substr(0, type.size() - statement_suffix.size()));
    }
    return rule->at(1) == "accepted" ? std::nullopt : std::optional(make_refusal(rule->at(1)));
}

found_refusal find_set_refusal(const parse_node& statement) {
    const std::string kind = text_field(statement, "kind");
    const std::string name = text_field(statement, "name");
    if (kind == "VAR_SET_MULTI") {  // SET TRANSACTION and the like
        return refuse("setting", name);
    }
    if (kind == "VAR_SET_VALUE") {
        return find_setting_refusal(name, constant_text(field(statement, "args")).value_or(""));
    }
    return kind == "VAR_SET_CURRENT" ? find_setting_refusal(name) : std::nullopt;
}

found_refusal find_show_refusal(const parse_node& statement) {
    const std::string name = text_field(statement, "name");
    const rule_fields* rule = dsql_rules::get().find("shown settings", fold_setting_name(name));
    return rule == nullptr || rule->front() == "accepted"
               ? std::nullopt
               : std::optional(make_refusal(rule->front(), name));
}

found_refusal find_transaction_refusal(const parse_node& statement) {
    if (const rule_fields* rule =
            dsql_rules::get().find("transaction statements", text_field(statement, "kind"))) {
        return make_refusal(rule->front());
    }
    for (const parse_node& item : field(statement, "options")) {
        const parse_node& option = field(item, "DefElem");
        if (text_field(option, "defname") == "transaction_isolation") {
            std::string level = constant_text(field(option, "arg")).value_or("");
            if (level != "repeatable read") {
                std::transform(level.begin(), level.end(), level.begin(),
                               [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
                return refuse("isolation level", level);
            }
        }
    }
    return std::nullopt;
}

// A body in quotes is a text of statements. Its parameters do not matter here.
found_refusal find_body_refusal(const parse_node& body) {
    const auto text = constant_text(field(field(body, "List"), "items"));
    if (!text) {
        return std::nullopt;
    }
    for (const sql_statement& statement : split_statements(*text)) {
        if (statement.refused) {
            return statement.refused;
        }
    }
    return std::nullopt;
}

found_refusal find_function_refusal(const parse_node& statement) {
    if (flag_field(statement, "is_procedure")) {
        return refuse("procedure");
    }
    const parse_node* body = nullptr;
    for (const parse_node& item : field(statement, "options")) {
        const parse_node& option = field(item, "DefElem");
        const std::string name = text_field(option, "defname");
        const std::string language = constant_text(field(option, "arg")).value_or("");
        if (name == "language" && language != "sql") {
            return refuse("function language", language);
        }
        if (name == "as") {
            body = &field(option, "arg");
        }
    }
    return body == nullptr ? std::nullopt : find_body_refusal(*body);
}

found_refusal find_role_refusal(const parse_node& statement) {
    for (const parse_node& item : field(statement, "options")) {
        const std::string name = text_field(field(item, "DefElem"), "defname");
        if (const rule_fields* rule = dsql_rules::get().find("role options", name)) {
            return make_refusal(rule->front());
        }
    }
    return std::nullopt;
}

found_refusal find_copy_refusal(const parse_node& statement) {
    return has_field(statement, "filename") || flag_field(statement, "is_program")
               ? std::optional(refuse("copy file"))
               : std::nullopt;
}

bool names_system_object(const parse_node& object, const std::string& kind) {
    if (kind == "OBJECT_SCHEMA") {
        return is_system_schema(text_field(field(object, "String"), "sval"));
    }
    const parse_node& list = field(field(object, "List"), "items");
    const parse_node& function = field(field(object, "ObjectWithArgs"), "objname");
    const std::vector<std::string> names = name_parts(list.is_null() ? function : list);
    return names.size() > 1 && holds_system_objects(names.front());
}

found_refusal find_drop_refusal(const parse_node& statement) {
    const dsql_rules& rules = dsql_rules::get();
    const std::string kind = text_field(statement, "removeType");
    if (!rules.lists("drop", kind)) {
        return make_refusal(rules.find("drop", "other")->front());
    }
    if (flag_field(statement, "concurrent")) {
        return refuse("drop concurrently");
    }
    for (const parse_node& object : field(statement, "objects")) {
        if (names_system_object(object, kind)) {
            return refuse("system object");
        }
    }
    return std::nullopt;
}

found_refusal find_grant_refusal(const parse_node& statement) {
    const std::string kind = text_field(statement, "objtype");
    const bool is_object = text_field(statement, "targtype") == "ACL_TARGET_OBJECT";
    for (const parse_node& object : field(statement, "objects")) {
        const std::string schema = text_field(field(object, "RangeVar"), "schemaname");
        if ((is_object && names_system_object(object, kind)) || holds_system_objects(schema)) {
            return refuse("system object");
        }
    }
    return std::nullopt;
}

// Renaming a type or moving it to another schema is ALTER TYPE.
found_refusal find_type_alteration_refusal(const parse_node& statement) {
    for (const std::string_view name : {"renameType", "objectType"}) {
        const std::string kind = text_field(statement, name);
        if (kind == "OBJECT_TYPE" || kind == "OBJECT_ATTRIBUTE") {
            return refuse("alter type");
        }
    }
    const bool is_schema = text_field(statement, "renameType") == "OBJECT_SCHEMA";
    const std::string owned = text_field(field(field(statement, "object"), "String"), "sval");
    const bool is_owned_schema = text_field(statement, "objectType") == "OBJECT_SCHEMA";
    if ((is_schema && is_system_schema(text_field(statement, "subname"))) ||
        (is_owned_schema && is_system_schema(owned))) {
        return refuse("system object");
    }
    return std::nullopt;
}

found_refusal find_statistics_refusal(const parse_node& statement) {
    constexpr long long max_target = 100;
    const long long target = number_field(statement, "stxstattarget");
    return target > max_target ? std::optional(refuse("statistics target", std::to_string(target)))
                               : std::nullopt;
}

found_refusal find_relation_refusal(std::string_view type, const parse_node& fields,
                                    const own_syntax& own) {
    if (type == "CreateStmt") {
        return find_create_table_refusal(fields);
    }
    if (type == "AlterTableStmt") {
        return find_alter_table_refusal(fields, own.is_async);
    }
    if (type == "IndexStmt") {
        return find_create_index_refusal(fields, own.is_async, own.has_method);
    }
    if (type == "ViewStmt") {
        return find_create_view_refusal(fields);
    }
    if (type == "CreateSeqStmt") {
        return find_create_sequence_refusal(fields);
    }
    if (type == "AlterSeqStmt") {
        return find_alter_sequence_refusal(fields);
    }
    return type == "CreateDomainStmt" ? find_create_domain_refusal(fields) : std::nullopt;
}

found_refusal find_other_refusal(std::string_view type, const parse_node& fields) {
    if (type == "VariableSetStmt") {
        return find_set_refusal(fields);
    }
    if (type == "AlterRoleSetStmt") {
        return find_set_refusal(field(fields, "setstmt"));
    }
    if (type == "VariableShowStmt") {
        return find_show_refusal(fields);
    }
    if (type == "TransactionStmt") {
        return find_transaction_refusal(fields);
    }
    if (type == "CreateFunctionStmt") {
        return find_function_refusal(fields);
    }
    if (type == "CreateRoleStmt" || type == "AlterRoleStmt") {
        return find_role_refusal(fields);
    }
    if (type == "CopyStmt") {
        return find_copy_refusal(fields);
    }
    if (type == "DropStmt") {
        return find_drop_refusal(fields);
    }
    if (type == "GrantStmt") {
        return find_grant_refusal(fields);
    }
    if (type == "AlterStatsStmt") {
        return find_statistics_refusal(fields);
    }
    if (type == "RenameStmt" || type == "AlterObjectSchemaStmt" || type == "AlterOwnerStmt") {
        return find_type_alteration_refusal(fields);
    }
    if (type == "VacuumStmt" && flag_field(fields, "is_vacuumcmd")) {
        return refuse("vacuum");
    }
    if (type == "DeallocateStmt" && has_field(fields, "name")) {
        return refuse("deallocate name");
    }
    return std::nullopt;
}

// DDL on a relation in a schema of the system.
found_refusal find_system_relation_refusal(std::string_view type, const parse_node& fields) {
    const rule_fields* rule = dsql_rules::get().find("statements", type);
    if (rule == nullptr || rule->front() != "ddl") {
        return std::nullopt;
    }
    for (const std::string_view name : {"relation", "view", "sequence"}) {
        if (holds_system_objects(text_field(field(fields, name), "schemaname"))) {
            return refuse("system object");
        }
    }
    return std::nullopt;
}

found_refusal find_nested_refusal(const parse_node& node);

found_refusal find_statement_refusal(std::string_view type, const parse_node& fields,
                                     const own_syntax& own) {
    if (found_refusal found = find_listed_statement_refusal(type)) {
        return found;
    }
    if (found_refusal found = find_relation_refusal(type, fields, own)) {
        return found;
    }
    if (found_refusal found = find_other_refusal(type, fields)) {
        return found;
    }
    if (found_refusal found = find_system_relation_refusal(type, fields)) {
        return found;
    }
    return find_nested_refusal(fields);
}

// Nodes begin with a capital letter, fields of nodes with a small one.
bool is_statement(std::string_view key) {
    return key.size() > statement_suffix.size() && key.front() >= 'A' && key.front() <= 'Z' &&
           key.substr(key.size() - statement_suffix.size()) == statement_suffix;
}

// Looks into everything that a node contains, in the order of the text.
found_refusal find_nested_refusal(const parse_node& node) {
    if (!node.is_structured()) {
        return std::nullopt;
    }
    for (const auto& [key, child] : node.items()) {
        found_refusal found;
        if (is_statement(key) && child.is_object()) {
            found = find_statement_refusal(key, child, {});
        } else {
            found = node.is_object() ? find_node_refusal(key, child) : std::nullopt;
            found = found ? found : find_nested_refusal(child);
        }
        if (found) {
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace

std::optional<refusal> find_refusal(const parsed_statement& statement, const own_syntax& own) {
    return find_statement_refusal(statement.type, statement.fields, own);
}

}  // namespace dsql_local
