// SPDX-License-Identifier: Apache-2.0
#include "sql/table_rules.hpp"

#include "sql/type_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace dsql_local {
namespace {

constexpr std::size_t max_columns = 255;
constexpr std::size_t max_key_columns = 8;
constexpr long long least_big_cache = 65536;

// Calls `find` for each node of a list until it finds something.
template <class Find>
found_refusal find_first(const parse_node& list, const Find& find) {
    for (const parse_node& item : list) {
        if (found_refusal found = find(item)) {
            return found;
        }
    }
    return std::nullopt;
}

// Returns the value of an option such as CACHE in a list of DefElem nodes.
std::optional<std::string> option_value(const parse_node& options, std::string_view name) {
    for (const parse_node& item : options) {
        const parse_node& option = field(item, "DefElem");
        if (text_field(option, "defname") == name) {
            const parse_node& argument = field(option, "arg");
            if (const parse_node& number = field(argument, "Integer"); !number.is_null()) {
                return std::to_string(number_field(number, "ival"));
            }
            return text_field(field(argument, "Float"), "fval");
        }
    }
    return std::nullopt;
}

// A number that does not fit into an int is printed as text, and is large enough.
bool is_valid_cache(const std::string& size) {
    const bool is_short = size.size() < 10;
    const long long number = is_short && !size.empty() ? std::stoll(size) : least_big_cache;
    return number == 1 || number >= least_big_cache;
}

found_refusal find_cache_refusal(const parse_node& options, std::string_view without_cache) {
    const auto size = option_value(options, "cache");
    if (!size) {
        return without_cache.empty() ? std::nullopt : std::optional(refuse(without_cache));
    }
    return is_valid_cache(*size) ? std::nullopt : std::optional(refuse("cache size", *size));
}

found_refusal find_sequence_type_refusal(const parse_node& options) {
    return find_first(options, [](const parse_node& item) -> found_refusal {
        const parse_node& option = field(item, "DefElem");
        if (text_field(option, "defname") != "as") {
            return std::nullopt;
        }
        const std::string name = describe_type(field(field(option, "arg"), "TypeName")).name;
        return name == "bigint" ? std::nullopt : std::optional(refuse("sequence type", name));
    });
}

found_refusal find_identity_refusal(const parse_node& column, const parse_node& constraint) {
    const std::string type = describe_type(field(column, "typeName")).name;
    if (type != "bigint") {
        return refuse("identity type", type);
    }
    return find_cache_refusal(field(constraint, "options"), "identity without cache");
}

found_refusal find_column_clause_refusal(const parse_node& column) {
    if (has_field(column, "collClause")) {
        return refuse("column collate");
    }
    if (has_field(column, "compression")) {
        return refuse("column compression");
    }
    return std::nullopt;
}

bool is_key(const parse_node& constraint) {
    const std::string type = text_field(constraint, "contype");
    return type == "CONSTR_PRIMARY" || type == "CONSTR_UNIQUE";
}

found_refusal find_key_type_refusal(const parse_node& type_name) {
    const type_description type = describe_type(type_name);
    return type.use == "tables" ? std::optional(refuse("key type", type.name)) : std::nullopt;
}

// Returns what is wrong with a constraint of a column, in CREATE TABLE.
found_refusal find_column_constraint_refusal(const parse_node& column,
                                             const parse_node& constraint) {
    const std::string type = text_field(constraint, "contype");
    if (type == "CONSTR_IDENTITY") {
        return find_identity_refusal(column, constraint);
    }
    if (is_key(constraint) && has_field(constraint, "options")) {
        return refuse("table options");
    }
    return is_key(constraint) ? find_key_type_refusal(field(column, "typeName")) : std::nullopt;
}

found_refusal find_column_refusal(const parse_node& column) {
    if (found_refusal found = find_column_type_refusal(field(column, "typeName"))) {
        return found;
    }
    if (found_refusal found = find_column_clause_refusal(column)) {
        return found;
    }
    return find_first(field(column, "constraints"), [&column](const parse_node& item) {
        return find_column_constraint_refusal(column, field(item, "Constraint"));
    });
}

using column_types = std::map<std::string, const parse_node*>;

found_refusal find_table_constraint_refusal(const parse_node& constraint,
                                            const column_types& columns) {
    if (text_field(constraint, "contype") == "CONSTR_EXCLUSION") {
        return refuse("table exclude");
    }
    if (!is_key(constraint)) {
        return std::nullopt;
    }
    if (has_field(constraint, "options")) {
        return refuse("table options");
    }
    const auto keys = name_parts(field(constraint, "keys"));
    if (keys.size() > max_key_columns) {
        return refuse("key columns");
    }
    for (const std::string& key : keys) {
        const auto column = columns.find(key);
        if (column != columns.end()) {
            if (found_refusal found = find_key_type_refusal(*column->second)) {
                return found;
            }
        }
    }
    return std::nullopt;
}

found_refusal find_table_clause_refusal(const parse_node& statement) {
    const std::string persistence = text_field(field(statement, "relation"), "relpersistence");
    if (persistence == "t") {
        return refuse("table temporary");
    }
    if (persistence == "u") {
        return refuse("table unlogged");
    }
    if (has_field(statement, "partbound")) {
        return refuse("table partition of");
    }
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> clauses = {
        {{"partspec", "table partition by"},
         {"inhRelations", "table inherits"},
         {"ofTypename", "table of type"},
         {"accessMethod", "table access method"},
         {"options", "table options"},
         {"tablespacename", "table tablespace"}}};
    for (const auto& [name, place] : clauses) {
        if (has_field(statement, name)) {
            return refuse(place);
        }
    }
    const std::string on_commit = text_field(statement, "oncommit");
    return on_commit.empty() || on_commit == "ONCOMMIT_NOOP"
               ? std::nullopt
               : std::optional(refuse("table on commit"));
}

found_refusal find_added_column_refusal(const parse_node& column) {
    for (const parse_node& item : field(column, "constraints")) {
        if (text_field(field(item, "Constraint"), "contype") != "CONSTR_NULL") {
            return refuse("added column with constraint");
        }
    }
    if (found_refusal found = find_column_clause_refusal(column)) {
        return found;
    }
    return find_column_type_refusal(field(column, "typeName"));
}

// Constraints are added without a look at the rows, or take over a unique index.
bool is_accepted_addition(const parse_node& constraint) {
    const std::string type = text_field(constraint, "contype");
    if (type == "CONSTR_FOREIGN" || type == "CONSTR_CHECK") {
        return flag_field(constraint, "skip_validation");
    }
    return type == "CONSTR_UNIQUE" && has_field(constraint, "indexname");
}

refusal refuse_alteration(const rule_fields& rule) {
    const std::string& form = rule.front();
    const bool is_row_security = form.find("ROW SECURITY") != std::string::npos;
    return refuse(is_row_security ? "alter table row security" : "alter table", form);
}

found_refusal find_alteration_refusal(const parse_node& command, bool is_async) {
    const std::string type = text_field(command, "subtype");
    if (is_async && type == "AT_ValidateConstraint") {
        return std::nullopt;
    }
    const rule_fields* rule = dsql_rules::get().find("alter table", type);
    if (rule == nullptr) {
        return refuse("alter table", type.substr(std::min<std::size_t>(3, type.size())));
    }
    if (rule->at(1) != "accepted") {
        return refuse_alteration(*rule);
    }
    const parse_node& definition = field(command, "def");
    if (type == "AT_AddColumn") {
        return find_added_column_refusal(field(definition, "ColumnDef"));
    }
    if (type == "AT_AddConstraint" && !is_accepted_addition(field(definition, "Constraint"))) {
        return refuse_alteration(*rule);
    }
    if (type == "AT_SetIdentity") {
        return find_cache_refusal(field(field(definition, "List"), "items"), {});
    }
    return std::nullopt;
}

found_refusal find_index_key_refusal(const parse_node& key) {
    const std::string order = text_field(key, "ordering");
    if (order == "SORTBY_ASC" || order == "SORTBY_DESC") {
        return refuse("index order");
    }
    return has_field(key, "opclass") ? std::optional(refuse("index operator class")) : std::nullopt;
}

}  // namespace

std::optional<refusal> find_create_table_refusal(const parse_node& statement) {
    if (found_refusal found = find_table_clause_refusal(statement)) {
        return found;
    }
    column_types types;
    for (const parse_node& element : field(statement, "tableElts")) {
        if (const parse_node& column = field(element, "ColumnDef"); !column.is_null()) {
            types[text_field(column, "colname")] = &field(column, "typeName");
        }
    }
    if (types.size() > max_columns) {
        return refuse("table columns");
    }
    return find_first(field(statement, "tableElts"), [&types](const parse_node& element) {
        const parse_node& column = field(element, "ColumnDef");
        return column.is_null() ? find_table_constraint_refusal(field(element, "Constraint"), types)
                                : find_column_refusal(column);
    });
}

std::optional<refusal> find_create_view_refusal(const parse_node& statement) {
    if (text_field(field(statement, "view"), "relpersistence") == "t") {
        return refuse("view temporary");
    }
    if (has_field(statement, "options")) {
        return refuse("view options");
    }
    const std::string check = text_field(statement, "withCheckOption");
    return check.empty() || check == "NO_CHECK_OPTION" ? std::nullopt
                                                       : std::optional(refuse("view check option"));
}

std::optional<refusal> find_create_sequence_refusal(const parse_node& statement) {
    const std::string persistence = text_field(field(statement, "sequence"), "relpersistence");
    if (persistence == "t") {
        return refuse("sequence temporary");
    }
    if (persistence == "u") {
        return refuse("sequence unlogged");
    }
    const parse_node& options = field(statement, "options");
    if (found_refusal found = find_cache_refusal(options, "sequence without cache")) {
        return found;
    }
    return find_sequence_type_refusal(options);
}

std::optional<refusal> find_alter_sequence_refusal(const parse_node& statement) {
    const parse_node& options = field(statement, "options");
    if (found_refusal found = find_cache_refusal(options, {})) {
        return found;
    }
    return find_sequence_type_refusal(options);
}

std::optional<refusal> find_create_domain_refusal(const parse_node& statement) {
    if (found_refusal found = find_column_type_refusal(field(statement, "typeName"))) {
        return found;
    }
    return find_column_clause_refusal(statement);
}

std::optional<refusal> find_alter_table_refusal(const parse_node& statement, bool is_async) {
    if (text_field(statement, "objtype") == "OBJECT_TYPE") {
        return refuse("alter type");
    }
    return find_first(field(statement, "cmds"), [is_async](const parse_node& command) {
        return find_alteration_refusal(field(command, "AlterTableCmd"), is_async);
    });
}

std::optional<refusal> find_create_index_refusal(const parse_node& statement, bool is_async,
                                                 bool has_method) {
    if (flag_field(statement, "concurrent")) {
        return refuse("index concurrently");
    }
    if (has_method) {
        return refuse("index method");
    }
    const parse_node& keys = field(statement, "indexParams");
    if (keys.size() > max_key_columns) {
        return refuse("key columns");
    }
    found_refusal found = find_first(keys, [](const parse_node& item) {
        return find_index_key_refusal(field(item, "IndexElem"));
    });
    if (found) {
        return found;
    }
    if (has_field(statement, "options")) {
        return refuse("index options");
    }
    if (has_field(statement, "tableSpace")) {
        return refuse("index tablespace");
    }
    if (!is_async) {
        refusal refused = refuse("index mode");
        refused.is_sync_index = true;
        return refused;
    }
    return std::nullopt;
}

}  // namespace dsql_local
