// SPDX-License-Identifier: Apache-2.0
#include "load/target_table.hpp"

#include <dsql/sql_text.hpp>
#include <dsql/transaction.hpp>

#include "format.hpp"
#include "load/run_repeatable.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <stdexcept>
#include <utility>

namespace dsql_cli::load {

namespace {

constexpr std::string_view column_query =
    "SELECT c.oid::bigint, n.nspname::text, a.attname::text, "
    "pg_catalog.format_type(a.atttypid, a.atttypmod), "
    // With -1 character is bpchar: "character" alone would be one of length 1.
    "pg_catalog.format_type(a.atttypid, -1), a.attgenerated <> '', a.attidentity = 'a' "
    "FROM pg_catalog.pg_class c "
    "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid "
    "WHERE c.oid = pg_catalog.to_regclass($1) AND c.relkind IN ('r', 'p') "
    "AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

// Of tables and others with that name in any case, the one that is most like it.
constexpr std::string_view similar_relation_query =
    "SELECT n.nspname::text, c.relname::text, c.relkind IN ('r', 'p') "
    "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
    "WHERE lower(c.relname) = lower($2) AND CASE WHEN $1 = '' "
    "THEN pg_catalog.pg_table_is_visible(c.oid) ELSE lower(n.nspname) = lower($1) END "
    "AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') "
    "ORDER BY (n.nspname = $1)::int + (c.relname = $2)::int DESC LIMIT 1";

// Takes a name, in quotes or up to a dot, from the beginning of `rest`.
std::string take_name(std::string_view& rest) {
    std::string name;
    if (!rest.starts_with('"')) {
        name = rest.substr(0, rest.find('.'));
        rest.remove_prefix(name.size());
        return name;
    }
    std::size_t i = 1;
    for (; i < rest.size(); ++i) {
        if (rest[i] == '"') {
            if (i + 1 >= rest.size() || rest[i + 1] != '"') {
                break;
            }
            ++i;
        }
        name += rest[i];
    }
    if (i >= rest.size()) {
        return {};
    }
    rest.remove_prefix(i + 1);
    return name;
}

const table_column* find_column(const target_table& table, std::string_view name) {
    for (const std::string_view same : {name, without_blanks(name)}) {
        const auto exact =
            std::find_if(table.columns.begin(), table.columns.end(),
                         [&](const table_column& each) { return each.name == same; });
        if (exact != table.columns.end()) {
            return &*exact;
        }
    }
    const table_column* found = nullptr;
    for (const table_column& each : table.columns) {
        if (lower_case(each.name) == lower_case(without_blanks(name))) {
            if (found != nullptr) {
                return nullptr;  // which of them, nobody can tell
            }
            found = &each;
        }
    }
    return found;
}

std::string column_list(const target_table& table) {
    std::vector<std::string> names;
    for (const table_column& each : all_columns(table)) {
        names.push_back(each.name);
    }
    return join(names);
}

}  // namespace

std::string table_name::quoted() const {
    return (schema.empty() ? std::string() : dsql::quote_identifier(schema) + ".") +
           dsql::quote_identifier(table);
}

std::string table_name::shown() const {
    return schema.empty() ? table : schema + "." + table;
}

table_name parse_table_name(std::string_view text) {
    std::string_view rest = text;
    std::vector<std::string> names{take_name(rest)};
    while (rest.starts_with('.')) {
        rest.remove_prefix(1);
        names.push_back(take_name(rest));
    }
    const bool has_empty = std::any_of(names.begin(), names.end(),
                                       [](const std::string& each) { return each.empty(); });
    if (has_empty || !rest.empty() || names.size() > 2) {
        throw std::invalid_argument("expected a table's name, or schema.name, not \"" +
                                    std::string(text) + "\"");
    }
    return names.size() == 1 ? table_name{.table = names[0]}
                             : table_name{.schema = names[0], .table = names[1]};
}

std::optional<target_table> find_table(dsql::pool& pool, const table_name& name) {
    const std::string quoted = name.quoted();
    return run_repeatable(pool, [&](dsql::transaction& running) {
        target_table found{.name = name};
        for (const auto& [oid, schema, column, type, base_type, is_generated, is_always_identity] :
             running.query_all<std::int64_t, std::string, std::string, std::string, std::string,
                               bool, bool>(column_query, quoted)) {
            found.oid = oid;
            found.name.schema = schema;
            found.columns.push_back({.name = column,
                                     .type = type,
                                     .base_type = base_type,
                                     .is_generated = is_generated,
                                     .is_always_identity = is_always_identity});
        }
        return found.columns.empty() ? std::nullopt : std::optional(std::move(found));
    });
}

std::string explain_missing_table(dsql::pool& pool, const table_name& name) {
    const auto similar = run_repeatable(pool, [&](dsql::transaction& running) {
        return running.query_optional<std::string, std::string, bool>(similar_relation_query,
                                                                      name.schema, name.table);
    });
    if (!similar) {
        return "; --create makes one";
    }
    const auto& [schema, relation, is_table] = *similar;
    const std::string shown = table_name{.schema = schema, .table = relation}.shown();
    return is_table ? ", but " + shown + ": names are taken as they are, in upper and lower case"
                    : "; what has this name is a view or a sequence";
}

bool has_column(const target_table& table, std::string_view name) {
    return find_column(table, name) != nullptr;
}

std::vector<table_column> choose_columns(const target_table& table,
                                         std::span<const std::string> names,
                                         const std::string& origin) {
    std::vector<table_column> chosen;
    std::set<std::string> seen;
    for (const std::string& name : names) {
        const table_column* const found = find_column(table, name);
        const std::string start = origin + ": the column \"" + to_single_line(name) + "\" ";
        if (found == nullptr) {
            throw unknown_column(start + "is not in the table " + table.name.shown() +
                                 ", which has: " + column_list(table));
        }
        if (found->is_generated) {
            throw std::runtime_error(start + "is generated by the server, so it cannot be loaded");
        }
        if (!seen.insert(found->name).second) {
            throw std::runtime_error(start + "is there twice");
        }
        chosen.push_back(*found);
    }
    return chosen;
}

std::vector<table_column> all_columns(const target_table& table) {
    std::vector<table_column> loaded;
    std::copy_if(table.columns.begin(), table.columns.end(), std::back_inserter(loaded),
                 [](const table_column& each) { return !each.is_generated; });
    return loaded;
}

}  // namespace dsql_cli::load
