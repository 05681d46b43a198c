// SPDX-License-Identifier: Apache-2.0
#include "grant/role_access.hpp"

#include <dsql/retry.hpp>
#include <dsql/retry_policy.hpp>
#include <dsql/sql_text.hpp>

#include <initializer_list>
#include <utility>

namespace dsql_cli::grant {

namespace {

constexpr auto patient = dsql::retry_policy::patient();

// Words that PostgreSQL does not take for a name without quotes.
// Source: PostgreSQL 16, "SQL Key Words", those that are reserved.
constexpr std::string_view reserved_words =
    " all analyse analyze and any array as asc asymmetric authorization binary both case cast "
    "check collate collation column concurrently constraint create cross current_catalog "
    "current_date current_role current_schema current_time current_timestamp current_user "
    "default deferrable desc distinct do else end except false fetch for foreign freeze from "
    "full grant group having ilike in initially inner intersect into is isnull join lateral "
    "leading left like limit localtime localtimestamp natural not notnull null offset on only "
    "or order outer overlaps placing primary references returning right select session_user "
    "similar some symmetric system_user table tablesample then to trailing true union unique "
    "user using variadic verbose when where window with ";

bool is_plain(std::string_view name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_";
    constexpr std::string_view others = "abcdefghijklmnopqrstuvwxyz_0123456789";
    return !name.empty() && letters.find(name.front()) != std::string_view::npos &&
           name.find_first_not_of(others) == std::string_view::npos &&
           reserved_words.find(" " + std::string(name) + " ") == std::string_view::npos;
}

/// Returns a query for whether something is so, by its parameters $1 and $2.
auto holds(std::string query, std::string first, std::string second = {}) {
    return [query = std::move(query), first = std::move(first),
            second = std::move(second)](dsql::connection& used) {
        const dsql::result found =
            second.empty() ? dsql::query_with_retry(used, patient, query, first)
                           : dsql::query_with_retry(used, patient, query, first, second);
        return found.value<bool>();
    };
}

constexpr const char* can_log_in =
    "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1 AND rolcanlogin)";
constexpr const char* is_mapped =
    "SELECT EXISTS (SELECT FROM sys.iam_pg_role_mappings "
    "WHERE pg_role_name::text = $1 AND arn::text = $2)";
constexpr const char* is_not_mapped =
    "SELECT NOT EXISTS (SELECT FROM sys.iam_pg_role_mappings "
    "WHERE pg_role_name::text = $1 AND arn::text = $2)";

// Rights that come with the role PUBLIC, or with another role, count too.
constexpr const char* may_use_schema = "SELECT has_schema_privilege($1, $2, 'USAGE')";

// Whether the role $1 has these rights on all tables and views of the schema $2. Each right is
// asked for alone, because a list means one of them.
std::string has_on_all_tables(std::initializer_list<std::string_view> rights) {
    std::string query =
        "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n "
        "ON n.oid = c.relnamespace WHERE n.nspname = $2 AND c.relkind IN ('r', 'v') AND NOT (true";
    for (const std::string_view right : rights) {
        query.append(" AND has_table_privilege($1, c.oid, '").append(right).append("')");
    }
    return query.append("))");
}

// CASE, because has_sequence_privilege fails for what is no sequence, and conditions that are
// joined by AND have no order.
constexpr const char* may_use_sequences =
    "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n "
    "ON n.oid = c.relnamespace WHERE n.nspname = $2 AND CASE WHEN c.relkind = 'S' "
    "THEN NOT has_sequence_privilege($1, c.oid, 'USAGE') ELSE false END)";

// What was granted to the role itself.
constexpr const char* has_nothing_in_schema =
    "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n "
    "ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) AS a "
    "JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee "
    "WHERE n.nspname = $2 AND r.rolname = $1 AND c.relowner <> r.oid AND c.relkind IN ('r', 'v'))";
constexpr const char* has_no_sequence_in_schema =
    "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n "
    "ON n.oid = c.relnamespace CROSS JOIN LATERAL aclexplode(c.relacl) AS a "
    "JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee "
    "WHERE n.nspname = $2 AND r.rolname = $1 AND c.relowner <> r.oid AND c.relkind = 'S')";
constexpr const char* may_not_use_schema =
    "SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_namespace AS n "
    "CROSS JOIN LATERAL aclexplode(n.nspacl) AS a JOIN pg_catalog.pg_roles AS r "
    "ON r.oid = a.grantee WHERE n.nspname = $2 AND r.rolname = $1 AND n.nspowner <> r.oid)";

// Statements about a schema and a role: PostgreSQL's functions reject a role that does not exist.
void add_schema_grants(std::vector<access_step>& steps, const role_access& wanted,
                       const std::string& schema) {
    const std::string of_schema = " IN SCHEMA " + sql_name(schema) + " TO " + sql_name(wanted.role);
    if (schema != "public") {  // every role may use it, and DSQL rejects GRANT ON SCHEMA public
        steps.push_back(
            {"GRANT USAGE ON SCHEMA " + sql_name(schema) + " TO " + sql_name(wanted.role),
             holds(may_use_schema, wanted.role, schema)});
    }
    if (wanted.access == table_access::read_only) {
        steps.push_back({"GRANT SELECT ON ALL TABLES" + of_schema,
                         holds(has_on_all_tables({"SELECT"}), wanted.role, schema)});
        return;
    }
    steps.push_back(
        {"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES" + of_schema,
         holds(has_on_all_tables({"SELECT", "INSERT", "UPDATE", "DELETE"}), wanted.role, schema)});
    steps.push_back({"GRANT USAGE ON ALL SEQUENCES" + of_schema,
                     holds(may_use_sequences, wanted.role, schema)});
}

void add_schema_revocations(std::vector<access_step>& steps, const role_access& unwanted,
                            const std::string& schema) {
    const std::string of_schema =
        " IN SCHEMA " + sql_name(schema) + " FROM " + sql_name(unwanted.role);
    steps.push_back({"REVOKE ALL ON ALL TABLES" + of_schema,
                     holds(has_nothing_in_schema, unwanted.role, schema)});
    steps.push_back({"REVOKE ALL ON ALL SEQUENCES" + of_schema,
                     holds(has_no_sequence_in_schema, unwanted.role, schema)});
    if (schema != "public") {
        steps.push_back(
            {"REVOKE ALL ON SCHEMA " + sql_name(schema) + " FROM " + sql_name(unwanted.role),
             holds(may_not_use_schema, unwanted.role, schema)});
    }
}

}  // namespace

bool role_exists(dsql::connection& used, const std::string& role) {
    return dsql::query_with_retry(
               used, patient, "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)",
               role)
        .value<bool>();
}

bool may_write(dsql::connection& used, const std::string& role, const std::string& schema) {
    return dsql::query_with_retry(
               used, patient,
               "SELECT EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace "
               "AS n ON n.oid = c.relnamespace WHERE n.nspname = $2 AND c.relkind = 'r' "
               "AND has_table_privilege($1, c.oid, 'INSERT, UPDATE, DELETE'))",
               role, schema)
        .value<bool>();
}

std::vector<access_step> steps_to_grant(const role_access& wanted) {
    const std::string role = sql_name(wanted.role);
    std::vector<access_step> steps;
    steps.push_back(
        {"CREATE ROLE " + role + " WITH LOGIN", [name = wanted.role](dsql::connection& used) {
             return role_exists(used, name);
         }});
    steps.push_back({"ALTER ROLE " + role + " WITH LOGIN", holds(can_log_in, wanted.role), true});
    steps.push_back({"AWS IAM GRANT " + role + " TO '" + wanted.arn + "'",
                     holds(is_mapped, wanted.role, wanted.arn)});
    for (const std::string& schema : wanted.schemas) {
        add_schema_grants(steps, wanted, schema);
    }
    return steps;
}

std::vector<access_step> steps_to_revoke(const role_access& unwanted) {
    std::vector<access_step> steps;
    if (!unwanted.arn.empty()) {
        steps.push_back(
            {"AWS IAM REVOKE " + sql_name(unwanted.role) + " FROM '" + unwanted.arn + "'",
             holds(is_not_mapped, unwanted.role, unwanted.arn)});
    }
    for (const std::string& schema : unwanted.schemas) {
        add_schema_revocations(steps, unwanted, schema);
    }
    return steps;
}

std::string sql_name(const std::string& name) {
    return is_plain(name) ? name : dsql::quote_identifier(name);
}

std::string check_role(const std::string& role) {
    if (role == "admin") {
        return "admin needs no grant: it is for identities with the IAM action "
               "dsql:DbConnectAdmin; name a role of your own";
    }
    if (role.empty() || role.size() > 63 || role.find('\0') != std::string::npos) {
        return "the name of a role has 1 to 63 bytes";
    }
    if (role.starts_with("pg_") || role == "public" || role == "none") {
        return "the name \"" + role + "\" is reserved; choose another";
    }
    return {};
}

}  // namespace dsql_cli::grant
