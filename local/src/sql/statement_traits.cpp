// SPDX-License-Identifier: Apache-2.0
#include "sql/statement_traits.hpp"

#include "sql/dsql_rules.hpp"
#include "sql/setting_rules.hpp"

#include <algorithm>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace dsql_local {
namespace {

// What a statement contains at any depth.
struct contents {
    std::set<std::string> tables = {};  // without a schema, as a CTE may have that name
    std::set<std::string> ctes = {};
    std::set<std::string> functions = {};  // not in the catalog
    bool has_qualified_table = false;
    bool has_qualified_own_table = false;  // not in the catalog
    bool changes_settings = false;
    bool changes_rows = false;
    bool locks_rows = false;
    bool has_wait_policy = false;
    bool creates_table = false;

    std::vector<std::string> unqualified_tables() const {
        std::vector<std::string> names;
        std::set_difference(tables.begin(), tables.end(), ctes.begin(), ctes.end(),
                            std::back_inserter(names));
        return names;
    }

    bool names_table() const { return has_qualified_table || !unqualified_tables().empty(); }
};

bool is_change(std::string_view key) {
    return key == "InsertStmt" || key == "UpdateStmt" || key == "DeleteStmt" || key == "MergeStmt";
}

void collect_call(const std::vector<std::string>& name, contents& found) {
    if (name.empty()) {
        return;
    }
    found.changes_settings = found.changes_settings || name.back() == "set_config";
    if (name.size() == 1) {
        found.functions.insert(name.front());
    } else if (!holds_system_objects(name.front())) {
        found.functions.insert(name.front() + '.' + name.back());
    }
}

void collect(const std::string& key, const parse_node& node, contents& found) {
    // The target of a change is a field with another name.
    if (key == "RangeVar" || (key == "relation" && has_field(node, "relname"))) {
        if (const std::string schema = text_field(node, "schemaname"); !schema.empty()) {
            found.has_qualified_table = true;
            found.has_qualified_own_table =
                found.has_qualified_own_table || !holds_system_objects(schema);
        } else {
            found.tables.insert(text_field(node, "relname"));
        }
    } else if (key == "CommonTableExpr") {
        found.ctes.insert(text_field(node, "ctename"));
    } else if (key == "FuncCall" || key == "funccall") {
        collect_call(name_parts(field(node, "funcname")), found);
    }
    found.changes_rows = found.changes_rows || is_change(key);
    found.locks_rows = found.locks_rows || key == "LockingClause";
    if (key == "LockingClause") {
        const std::string policy = text_field(node, "waitPolicy");
        found.has_wait_policy =
            found.has_wait_policy || policy == "LockWaitSkip" || policy == "LockWaitError";
    }
    found.creates_table = found.creates_table || key == "intoClause";
    if (!node.is_structured()) {
        return;
    }
    for (const auto& [name, child] : node.items()) {
        collect(name, child, found);
    }
}

statement_kind find_kind(const parse_node& transaction) {
    const std::string kind = text_field(transaction, "kind");
    if (kind == "TRANS_STMT_BEGIN" || kind == "TRANS_STMT_START") {
        return statement_kind::begin;
    }
    if (kind == "TRANS_STMT_COMMIT") {
        return statement_kind::commit;
    }
    return kind == "TRANS_STMT_ROLLBACK" ? statement_kind::rollback : statement_kind::other;
}

// Whether an option such as ANALYZE is on. Without a value it is; the last one counts.
bool has_option(const parse_node& options, std::string_view name) {
    bool is_on = false;
    for (const parse_node& item : options) {
        const parse_node& option = field(item, "DefElem");
        if (text_field(option, "defname") == name) {
            const auto value = constant_text(field(option, "arg"));
            is_on = !value || parse_boolean(*value).value_or(true);
        }
    }
    return is_on;
}

bool is_job_wait(const parse_node& call) {
    return name_parts(field(field(call, "funccall"), "funcname")) ==
           std::vector<std::string>{"sys", "wait_for_job"};
}

// The relation that DDL creates or changes; for an index, its table.
const parse_node& find_relation(const parse_node& fields) {
    for (const std::string_view name : {"relation", "view", "sequence"}) {
        if (const parse_node& relation = field(fields, name); !relation.is_null()) {
            return relation;
        }
    }
    const parse_node& into = field(fields, "into");
    return field(into.is_null() ? field(fields, "intoClause") : into, "rel");
}

std::vector<std::string> find_objects(const parsed_statement& statement) {
    std::vector<std::string> names;
    if (statement.type == "DropStmt") {
        for (const parse_node& object : field(statement.fields, "objects")) {
            const auto parts = name_parts(field(field(object, "List"), "items"));
            if (!parts.empty()) {
                names.push_back(parts.back());
            }
        }
        return names;
    }
    std::string name = text_field(find_relation(statement.fields), "relname");
    if (!name.empty()) {
        names.push_back(std::move(name));
    }
    return names;
}

// Whether DSQL adds an estimate of DPUs to EXPLAIN with these options.
bool estimates_dpus(const parse_node& options) {
    bool is_text = true;
    for (const parse_node& item : options) {
        const parse_node& option = field(item, "DefElem");
        if (text_field(option, "defname") == "format") {
            const std::string format = constant_text(field(option, "arg")).value_or("");
            is_text = format == "text" || format == "TEXT";
        }
    }
    return is_text && has_option(options, "analyze") && has_option(options, "verbose");
}

// Returns the statement in a field.
parsed_statement statement_in(const parse_node& node) {
    for (const auto& [type, fields] : node.items()) {
        return {type, fields};
    }
    return {};
}

// PREPARE and EXECUTE, also within EXPLAIN ANALYZE.
void add_prepared_statement(const parsed_statement& statement, bool runs, sql_statement& traits) {
    if (statement.type == "PrepareStmt") {
        traits.prepared_name = text_field(statement.fields, "name");
        traits.prepared = std::make_shared<const sql_statement>(
            find_traits(statement_in(field(statement.fields, "query"))));
    } else if (statement.type == "ExecuteStmt") {
        traits.executed_name = text_field(statement.fields, "name");
    } else if (statement.type == "ExplainStmt" && runs) {
        const parse_node& executed = field(field(statement.fields, "query"), "ExecuteStmt");
        traits.executed_name = text_field(executed, "name");
    }
}

void add_ddl(const parsed_statement& statement, sql_statement& traits) {
    traits.is_ddl = true;
    traits.touches_storage = true;
    traits.objects = find_objects(statement);
    traits.tolerates_existing =
        flag_field(statement.fields, "if_not_exists") || flag_field(statement.fields, "replace");
    traits.is_temporary = text_field(find_relation(statement.fields), "relpersistence") == "t" &&
                          statement.type != "AlterTableStmt";
}

}  // namespace

sql_statement find_traits(const parsed_statement& statement) {
    sql_statement traits;
    traits.is_parsed = true;
    traits.kind =
        statement.type == "TransactionStmt" ? find_kind(statement.fields) : statement_kind::other;
    traits.chains = traits.kind == statement_kind::commit && flag_field(statement.fields, "chain");
    const rule_fields* rule = dsql_rules::get().find("statements", statement.type);
    const std::string effect = rule == nullptr ? "ddl" : rule->front();
    contents found;
    collect(statement.type, statement.fields, found);
    const bool runs = statement.type != "ExplainStmt" ||
                      has_option(field(statement.fields, "options"), "analyze");
    traits.is_copy = statement.type == "CopyStmt";
    traits.explains = statement.type == "ExplainStmt";
    traits.estimates_dpus = traits.explains && estimates_dpus(field(statement.fields, "options"));
    traits.has_wait_policy = found.has_wait_policy;
    if (effect == "ddl" || (statement.type == "SelectStmt" && found.creates_table)) {
        add_ddl(statement, traits);
        return traits;
    }
    traits.writes = effect == "write" ||
                    (traits.is_copy && flag_field(statement.fields, "is_from")) ||
                    (runs && effect != "session" && (found.changes_rows || found.locks_rows));
    traits.touches_storage =
        effect == "storage" || traits.writes || (effect == "query" && found.names_table());
    traits.names_schema = found.has_qualified_own_table;
    traits.changes_settings =
        (effect == "session" && statement.type != "VariableShowStmt") || found.changes_settings;
    if (runs) {
        traits.called.assign(found.functions.begin(), found.functions.end());
    }
    if (traits.writes || !traits.called.empty()) {
        traits.tables = found.unqualified_tables();
    }
    add_prepared_statement(statement, runs, traits);
    traits.waits_for_job = statement.type == "CallStmt" && is_job_wait(statement.fields);
    return traits;
}

}  // namespace dsql_local
