// SPDX-License-Identifier: Apache-2.0
#include "sql/rewriting.hpp"

#include "sql/dsql_rules.hpp"
#include "sql/setting_rules.hpp"
#include "wire/sql_scanner.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace dsql_local {
namespace {

constexpr std::string_view sync_index_setting = "disable_sync_create_index";

// Puts a text between quotes and doubles those within it.
std::string quote(std::string_view text, char mark) {
    std::string quoted(1, mark);
    for (const char c : text) {
        quoted.append(c == mark ? 2 : 1, c);
    }
    return quoted + mark;
}

std::string qualified_name(const parse_node& relation) {
    const std::string schema = text_field(relation, "schemaname");
    return (schema.empty() ? "" : quote(schema, '"') + ".") +
           quote(text_field(relation, "relname"), '"');
}

std::string make_array(const std::vector<std::string>& texts) {
    std::string array;
    for (const std::string& text : texts) {
        array.append(array.empty() ? "ARRAY[" : ", ").append(quote(text, '\''));
    }
    return array.empty() ? "'{}'" : array + "]";
}

// The procedure looks up whether a column or a constraint belongs to the primary key.
procedure_call rewrite_alter_table(const parse_node& statement, std::string_view text) {
    std::vector<std::string> columns;
    std::vector<std::string> constraints;
    for (const parse_node& item : field(statement, "cmds")) {
        const parse_node& command = field(item, "AlterTableCmd");
        const std::string type = text_field(command, "subtype");
        if (type == "AT_DropColumn") {
            columns.push_back(text_field(command, "name"));
        } else if (type == "AT_DropConstraint") {
            constraints.push_back(text_field(command, "name"));
        }
    }
    if (columns.empty() && constraints.empty()) {
        return {};
    }
    return {.sql = "CALL pg_catalog.dsql_local_alter_table(" + dollar_quote(text) + ", " +
                   quote(qualified_name(field(statement, "relation")), '\'') + ", " +
                   make_array(columns) + ", " + make_array(constraints) + ")",
            .tag = "ALTER TABLE"};
}

procedure_call rewrite_show(const parse_node& statement) {
    const std::string name = fold_setting_name(text_field(statement, "name"));
    const rule_fields* rule = dsql_rules::get().find("shown settings", name);
    if (rule == nullptr || rule->front() != "accepted") {
        return {};
    }
    return {.sql = "CALL pg_catalog.dsql_local_show_" + name + "()", .tag = "SHOW"};
}

procedure_call rewrite_set(const parse_node& statement) {
    const std::string name = fold_setting_name(text_field(statement, "name"));
    if (name != sync_index_setting) {
        return {};
    }
    const std::string own_name = "dsql_local." + name;
    const auto value = constant_text(field(statement, "args"));
    if (!value) {
        return {.sql = "RESET " + own_name};
    }
    const std::string scope = flag_field(statement, "is_local") ? "SET LOCAL " : "SET ";
    return {.sql = scope + own_name + (parse_boolean(*value).value_or(true) ? " = on" : " = off")};
}

// A column of PostgreSQL 16, and what it is called in 17.
struct catalog_column {
    std::string_view name;
    std::string_view later_name;
};

const catalog_column* find_column_of_16(const wire::sql_token& token) {
    static constexpr std::array<catalog_column, 4> columns = {{{"daticulocale", "datlocale"},
                                                               {"daticurules", "daticurules"},
                                                               {"colliculocale", "colllocale"},
                                                               {"collicurules", "collicurules"}}};
    const auto* const found =
        std::find_if(columns.begin(), columns.end(),
                     [&token](const catalog_column& one) { return token.text == one.name; });
    return found == columns.end() ? nullptr : found;
}

std::string read_column(std::string_view table, const catalog_column& column) {
    const std::string row = "pg_catalog.to_jsonb(" + std::string(table) + ")->>'";
    return "coalesce(" + row + std::string(column.name) + "', " + row +
           std::string(column.later_name) + "')";
}

bool is_storage_kind(const wire::sql_token& token) {
    constexpr std::array<std::string_view, 5> kinds = {"PLAIN", "DEFAULT", "MAIN", "EXTENDED",
                                                       "EXTERNAL"};
    return std::any_of(kinds.begin(), kinds.end(),
                       [&token](std::string_view kind) { return token.is(kind); });
}

// Follows the tokens of FOR UPDATE or FOR KEY SHARE, and of OF with its tables.
class lock_clause_reader {
public:
    void add(const wire::sql_token& token) {
        if (token.is("FOR") || (place_ == place::after_for && token.is("KEY"))) {
            place_ = place::after_for;
        } else if (place_ == place::after_for && (token.is("UPDATE") || token.is("SHARE"))) {
            place_ = place::after_strength;
        } else if (place_ == place::after_strength && token.is("OF")) {
            place_ = place::in_tables;
        } else if (!is_in_clause() || !is_part(token)) {
            place_ = place::outside;
        }
    }
    bool is_in_clause() const {
        return place_ == place::after_strength || place_ == place::in_tables;
    }

private:
    enum class place { outside, after_for, after_strength, in_tables };

    bool is_part(const wire::sql_token& token) const {
        return place_ == place::in_tables
                   ? token.is_name() || token.is_symbol(',') || token.is_symbol('.')
                   : token.is("SKIP");
    }

    place place_ = place::outside;
};

}  // namespace

procedure_call find_rewriting(const parsed_statement& statement, std::string_view text) {
    if (statement.type == "AlterTableStmt") {
        return rewrite_alter_table(statement.fields, text);
    }
    if (statement.type == "VariableShowStmt") {
        return rewrite_show(statement.fields);
    }
    return statement.type == "VariableSetStmt" ? rewrite_set(statement.fields) : procedure_call{};
}

bool has_storage_clause(const parsed_statement& statement) {
    const auto is_one = [](const parse_node& column) {
        return has_field(field(column, "ColumnDef"), "storage_name");
    };
    const parse_node& columns = field(statement.fields, "tableElts");
    const parse_node& changes = field(statement.fields, "cmds");
    return std::any_of(columns.begin(), columns.end(), is_one) ||
           std::any_of(changes.begin(), changes.end(), [&is_one](const parse_node& change) {
               return is_one(field(field(change, "AlterTableCmd"), "def"));
           });
}

std::optional<std::string> without_storage_clauses(std::string_view statement) {
    std::string text;
    std::size_t copied = 0;
    std::size_t count = 0;
    wire::sql_scanner scanner(statement);
    std::optional<wire::sql_token> storage;
    while (const auto token = scanner.next()) {
        const bool is_table = count != 1 || token->is("TABLE");
        if (!is_table || (count == 0 && !token->is("CREATE") && !token->is("ALTER"))) {
            return std::nullopt;
        }
        if (storage && is_storage_kind(*token)) {
            text.append(statement.substr(copied, storage->offset - copied));
            copied = token->end();
        }
        storage = token->is("STORAGE") ? token : std::nullopt;
        ++count;
    }
    return copied == 0 ? std::nullopt : std::optional(text.append(statement.substr(copied)));
}

std::optional<std::string> with_columns_of_16(std::string_view statement) {
    if (statement.find("icu") == std::string_view::npos) {
        return std::nullopt;
    }
    std::string text;
    std::size_t copied = 0;
    wire::sql_scanner scanner(statement);
    std::optional<wire::sql_token> table;
    bool is_qualified = false;
    while (const auto token = scanner.next()) {
        const catalog_column* const column = is_qualified ? find_column_of_16(*token) : nullptr;
        if (column != nullptr) {
            text.append(statement.substr(copied, table->offset - copied));
            text.append(read_column(table->text, *column));
            copied = token->end();
        }
        is_qualified = table && token->is_symbol('.');
        if (!is_qualified) {
            table = token->is_name() ? token : std::nullopt;
        }
    }
    return copied == 0 ? std::nullopt : std::optional(text.append(statement.substr(copied)));
}

std::string without_wait_policies(std::string_view statement) {
    std::string text(statement);
    const auto blank = [&text](const wire::sql_token& token) {
        text.replace(token.offset, token.text.size(), token.text.size(), ' ');
    };
    wire::sql_scanner scanner(statement);
    lock_clause_reader reader;
    std::optional<wire::sql_token> last;
    while (const auto token = scanner.next()) {
        if (reader.is_in_clause() && token->is("NOWAIT")) {
            blank(*token);
        } else if (reader.is_in_clause() && last && last->is("SKIP") && token->is("LOCKED")) {
            blank(*last);
            blank(*token);
        }
        reader.add(*token);
        last = token;
    }
    return text;
}

std::optional<bool> find_sync_index_setting(const parsed_statement& statement) {
    const parse_node& fields = statement.fields;
    if (statement.type != "VariableSetStmt" ||
        fold_setting_name(text_field(fields, "name")) != sync_index_setting) {
        return std::nullopt;
    }
    const auto value = constant_text(field(fields, "args"));
    return value ? parse_boolean(*value).value_or(true) : true;
}

}  // namespace dsql_local
