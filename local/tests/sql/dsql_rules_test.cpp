// SPDX-License-Identifier: Apache-2.0
#include "sql/dsql_rules.hpp"

#include "conformance/probe_file.hpp"
#include "sql/sql_statement.hpp"
#include "wire/sql_scanner.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace dsql_rules_test {

using namespace dsql_local;

// The error of a statement as "SQLSTATE message"; empty if it is accepted.
std::string error_of(std::string_view sql) {
    const auto statements = split_statements(sql);
    EXPECT_EQ(statements.size(), 1U) << sql;
    if (statements.empty()) {
        return "no statement";
    }
    EXPECT_TRUE(statements.front().is_parsed) << sql;
    const std::optional<refusal>& refused = statements.front().refused;
    return refused ? refused->sqlstate + " " + refused->message : "";
}

struct rule_case {
    const char* sql;
    const char* error = "";
};

void check(const std::vector<rule_case>& cases) {
    for (const auto& [sql, error] : cases) {
        const std::string expected =
            std::string_view(error).empty() || (error[0] >= '0' && error[0] <= '9')
                ? error
                : std::string("0A000 ") + error;
        EXPECT_EQ(error_of(sql), expected) << sql;
    }
}

TEST(dsql_rules, every_line_of_the_file_is_complete) {
    const auto expect_sizes = [](std::string_view section, std::size_t fields) {
        for (const auto& [key, rule] : dsql_rules::get().section(section)) {
            EXPECT_EQ(rule.size(), fields) << section << " " << key;
            const std::string& source = rule.back();
            EXPECT_TRUE(source == "cluster" || source == "docs" || source == "grammar" ||
                        source == "pattern")
                << key;
        }
    };
    expect_sizes("statements", 3);
    expect_sizes("clauses", 2);
    expect_sizes("role options", 2);
    expect_sizes("transaction statements", 2);
    expect_sizes("alter table", 3);
    expect_sizes("drop", 2);
    expect_sizes("types", 3);
    expect_sizes("serial types", 1);
    expect_sizes("functions", 1);
    expect_sizes("text search functions", 1);
    expect_sizes("settings", 2);
    expect_sizes("shown settings", 2);
    expect_sizes("system schemas", 1);
}

TEST(dsql_rules, statements_that_dsql_does_not_have) {
    check({
        {"TRUNCATE t", "unsupported statement: Truncate"},
        {"truncate table only a, b cascade", "unsupported statement: Truncate"},
        {"/* a */ TRUNCATE -- b\n t", "unsupported statement: Truncate"},
        {"CREATE TABLE t AS SELECT 1", "unsupported statement: CreateTableAs"},
        {"CREATE MATERIALIZED VIEW v AS SELECT 1", "unsupported statement: CreateTableAs"},
        {"SELECT 1 INTO t", "unsupported statement: CreateTableAs"},
        {"EXPLAIN CREATE TABLE t AS SELECT 1", "unsupported statement: CreateTableAs"},
        {"REFRESH MATERIALIZED VIEW v", "unsupported statement: RefreshMatView"},
        {"CREATE EXTENSION x", "unsupported statement: CreateExtension"},
        {"CREATE DATABASE d", "unsupported statement: Createdb"},
        {"DROP DATABASE d", "unsupported statement: Dropdb"},
        {"CREATE AGGREGATE a (int) (SFUNC = f, STYPE = int)", "unsupported statement: Define"},
        {"CREATE OPERATOR + (FUNCTION = f)", "unsupported statement: Define"},
        {"CREATE COLLATION c FROM \"C\"", "unsupported statement: Define"},
        {"CREATE TYPE e AS ENUM ('a')", "CREATE TYPE not supported"},
        {"CREATE TYPE c AS (a int)", "unsupported statement: CompositeType"},
        {"CREATE TYPE r AS RANGE (SUBTYPE = int)", "unsupported statement: CreateRange"},
        {"ALTER TYPE e ADD VALUE 'b'", "ALTER TYPE not supported"},
        {"ALTER TYPE c ADD ATTRIBUTE b int", "ALTER TYPE not supported"},
        {"ALTER TYPE c RENAME TO d", "ALTER TYPE not supported"},
        {"ALTER TYPE c RENAME ATTRIBUTE a TO b", "ALTER TYPE not supported"},
        {"ALTER TYPE c SET SCHEMA s", "ALTER TYPE not supported"},
        {"ALTER TYPE c OWNER TO a", "ALTER TYPE not supported"},
        {"CREATE TRIGGER t AFTER INSERT ON a EXECUTE FUNCTION f()", "CREATE TRIGGER not supported"},
        {"CREATE RULE r AS ON INSERT TO t DO NOTHING", "unsupported statement: Rule"},
        {"CREATE POLICY p ON t", "unsupported statement: CreatePolicy"},
        {"VACUUM", "unsupported VACUUM statement"},
        {"VACUUM (ANALYZE) t", "unsupported VACUUM statement"},
        {"ANALYZE t"},
        {"MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
         "unsupported statement type: MERGE"},
        {"EXPLAIN MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
         "unsupported statement type: MERGE"},
        {"DECLARE c CURSOR FOR SELECT 1", "unsupported statement: DeclareCursor"},
        {"LOCK t", "unsupported statement: Lock"},
        {"LISTEN a", "unsupported statement: Listen"},
        {"UNLISTEN *", "unsupported statement: Unlisten"},
        {"NOTIFY a", "unsupported statement: Notify"},
        {"PREPARE p AS SELECT 1", "unsupported statement: Prepare"},
        {"DEALLOCATE p", "DEALLOCATE <name> not supported"},
        {"DEALLOCATE ALL"},
        {"DISCARD ALL", "unsupported statement: Discard"},
        {"DO $$ BEGIN END $$", "unsupported statement: Do"},
        {"CLUSTER t", "unsupported statement: Cluster"},
        {"REINDEX TABLE t", "unsupported statement: Reindex"},
    });
}

TEST(dsql_rules, transactions) {
    check({
        {"BEGIN"},
        {"START TRANSACTION READ ONLY"},
        {"BEGIN ISOLATION LEVEL repeatable read"},
        {"BEGIN ISOLATION LEVEL serializable", "Unsupported isolation level: SERIALIZABLE"},
        {"BEGIN READ ONLY, ISOLATION LEVEL read uncommitted",
         "Unsupported isolation level: READ UNCOMMITTED"},
        {"SAVEPOINT s", "unsupported transaction statement: SAVEPOINT"},
        {"RELEASE s", "unsupported transaction statement: RELEASE"},
        {"ROLLBACK WORK TO SAVEPOINT s", "unsupported transaction statement: ROLLBACK TO"},
        {"PREPARE TRANSACTION 'x'", "unsupported transaction statement: PREPARE TRANSACTION"},
        {"SET CONSTRAINTS ALL DEFERRED"},
    });
}

TEST(dsql_rules, settings) {
    const std::string transaction = "setting configuration parameter \"TRANSACTION\" not supported";
    check({
        {"SET TRANSACTION READ ONLY", transaction.c_str()},
        {"SET LOCAL TRANSACTION ISOLATION LEVEL REPEATABLE READ", transaction.c_str()},
        {"set local Lock_Timeout = 5",
         "setting configuration parameter \"lock_timeout\" not supported"},
        {"SET \"Work_Mem\" TO '1MB'", "setting configuration parameter \"Work_Mem\" not supported"},
        {"SET a.b = 1", "setting configuration parameter \"a.b\" not supported"},
        {"SET lock_timeout TO DEFAULT"},
        {"RESET lock_timeout"},
        {"RESET ALL"},
        {"SET search_path = lock_timeout"},
        {"SET TIME ZONE 'UTC'"},
        {"SET NAMES 'UTF8'"},
        {"SET ROLE a"},
        {"SET Enable_SeqScan = off"},
        {"SET SESSION AUTHORIZATION a",
         "setting configuration parameter \"session_authorization\" not supported"},
        {"SET dsql.enable_batched_nestloop = on"},
        {"SET dsql.enable_batched_nestloop = maybe",
         "22023 parameter \"dsql.enable_batched_nestloop\" requires a Boolean value"},
        {"SET dsql.foo = 1", "42602 invalid configuration parameter name \"dsql.foo\""},
        {"SELECT set_config('work_mem', '1MB', false)",
         "setting configuration parameter \"work_mem\" not supported"},
        {"SELECT pg_catalog.set_config($1, '1MB', false)"},
        {"ALTER ROLE a SET work_mem = 1",
         "setting configuration parameter \"work_mem\" not supported"},
        {"SHOW lc_collate", "42704 unrecognized configuration parameter \"lc_collate\""},
    });
}

TEST(dsql_rules, tables) {
    check({
        {"CREATE TABLE t (a bit(8))", "datatype bit not supported"},
        {"CREATE TABLE t (a varbit)", "datatype bit varying not supported"},
        {"CREATE TABLE t (a \"money\")", "datatype money not supported"},
        {"CREATE TABLE t (a Pg_Catalog.MONEY)", "datatype money not supported"},
        {"CREATE TABLE t (a numeric(4,2)[])", "datatype numeric[] not supported"},
        {"CREATE TABLE t (a int ARRAY[3])", "datatype integer[] not supported"},
        {"CREATE TABLE t (a timestamptz[][])", "datatype timestamp with time zone[] not supported"},
        {"CREATE TABLE t (a bigserial)", "42704 type \"bigserial\" does not exist"},
        {"CREATE TABLE t (a my.money)"},
        {"CREATE TABLE t (a my_domain)"},
        {"CREATE DOMAIN d AS xml", "datatype xml not supported"},
        {"CREATE DOMAIN d AS text CHECK (value <> '')"},
        {"CREATE TABLE t (a jsonb PRIMARY KEY)", "datatype jsonb is not supported in a key"},
        {"CREATE TABLE t (a json, b int, UNIQUE (b, a))",
         "datatype json is not supported in a key"},
        {"CREATE TABLE t (a1 int, a2 int, a3 int, a4 int, a5 int, a6 int, a7 int, a8 int, a9 int, "
         "PRIMARY KEY (a1, a2, a3, a4, a5, a6, a7, a8, a9))",
         "54011 more than 8 column keys in an index are not supported"},
        {"CREATE TEMP TABLE t (a int)", "TEMPORARY or TEMP table not supported for CREATE TABLE"},
        {"CREATE TABLE t (a int PRIMARY KEY WITH (fillfactor = 70))",
         "WITH clause not supported for CREATE TABLE"},
        {"CREATE TABLE t (a int, UNIQUE (a) WITH (fillfactor = 70))",
         "WITH clause not supported for CREATE TABLE"},
        {"CREATE UNLOGGED TABLE t (a int)", "UNLOGGED table not supported for CREATE TABLE"},
        {"CREATE TABLE t (a int) PARTITION BY LIST (a)",
         "PARTITION BY clause not supported for CREATE TABLE"},
        {"CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY)",
         "datatype integer not supported, identity column type must be bigint"},
        {"CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY)",
         "identity column is not supported without an explicit cache size. please define CACHE "
         "greater than or equal to 65536 or equal to 1"},
        {"CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY (CACHE 70000))"},
        {"CREATE TABLE t (a bigint GENERATED ALWAYS AS IDENTITY (CACHE 5000000000))"},
        {"CREATE TABLE t (a int REFERENCES u ON DELETE CASCADE DEFERRABLE, CHECK (a > 0))"},
        {"CREATE TABLE t (a int, b int GENERATED ALWAYS AS (a + 1) STORED)"},
        {"CREATE SCHEMA s CREATE TABLE t (a money)", "datatype money not supported"},
        {"CREATE SEQUENCE s",
         "CREATE SEQUENCE is not supported without an explicit cache size. please define CACHE "
         "greater than or equal to 65536 or equal to 1"},
        {"CREATE SEQUENCE s CACHE 1"},
        {"CREATE SEQUENCE s START 5 CACHE 65536"},
    });
}

TEST(dsql_rules, a_table_has_at_most_255_columns) {
    std::string columns = "CREATE TABLE t (c0 int";
    for (int i = 1; i < 255; ++i) {
        columns += ", c" + std::to_string(i) + " int";
    }
    EXPECT_EQ(error_of(columns + ")"), "");
    EXPECT_EQ(error_of(columns + ", more int)"), "54011 tables can have at most 255 columns");
}

TEST(dsql_rules, alter_table) {
    const char* const constraint = "unsupported ALTER TABLE ADD CONSTRAINT statement";
    const char* const column = "ALTER TABLE ADD COLUMN with constraint not supported";
    check({
        {"ALTER TABLE t ADD a int"},
        {"alter table if exists only s.t add column a int not null", column},
        {"ALTER TABLE t ADD a int DEFAULT 1", column},
        {"ALTER TABLE t ADD a int CHECK (a > 0)", column},
        {"ALTER TABLE t ADD a int UNIQUE", column},
        {"ALTER TABLE t ADD a int REFERENCES u", column},
        {"ALTER TABLE t ADD a text COLLATE \"C\"", "COLLATE clause not supported"},
        {"ALTER TABLE t ADD a text[]", "datatype text[] not supported"},
        {"ALTER TABLE t ADD a serial", "42704 type \"serial\" does not exist"},
        {"ALTER TABLE t ADD PRIMARY KEY (a)", constraint},
        {"ALTER TABLE t ADD UNIQUE (a)", constraint},
        {"ALTER TABLE t ADD UNIQUE USING INDEX i"},
        {"ALTER TABLE t ADD CHECK (a > 0)", constraint},
        {"ALTER TABLE t ADD CHECK (a > 0) NOT VALID"},
        {"ALTER TABLE t ADD b int, ADD FOREIGN KEY (a) REFERENCES u", constraint},
        {"ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID"},
        {"ALTER TABLE t VALIDATE CONSTRAINT c",
         "unsupported ALTER TABLE VALIDATE CONSTRAINT statement"},
        {"ALTER TABLE ASYNC t VALIDATE CONSTRAINT c"},
        {"ALTER TABLE t ALTER a TYPE text",
         "unsupported ALTER TABLE ALTER COLUMN ... SET DATA TYPE statement"},
        {"ALTER TABLE t ALTER a SET NOT NULL",
         "unsupported ALTER TABLE ALTER COLUMN ... SET NOT NULL statement"},
        {"ALTER TABLE t ALTER a DROP NOT NULL"},
        {"ALTER TABLE t ALTER a SET DEFAULT 1"},
        {"ALTER TABLE t ALTER a DROP DEFAULT"},
        {"ALTER TABLE t ENABLE ROW LEVEL SECURITY", "unsupported ALTER TABLE ENABLE ROW SECURITY"},
        {"ALTER TABLE t RENAME a TO b"},
        {"ALTER TABLE t SET SCHEMA s"},
        {"ALTER TABLE t DROP a"},
    });
}

TEST(dsql_rules, indexes) {
    const char* const keys = "54011 more than 8 column keys in an index are not supported";
    check({
        {"CREATE INDEX ON t (a)", "unsupported mode. please use CREATE INDEX ASYNC."},
        {"create unique index if not exists i on t (a)",
         "unsupported mode. please use CREATE INDEX ASYNC."},
        {"CREATE INDEX CONCURRENTLY i ON t (a)", "CONCURRENTLY not supported for CREATE INDEX"},
        {"CREATE INDEX i ON t USING btree (a)", "USING not supported for CREATE INDEX"},
        {"CREATE INDEX ASYNC i ON t USING gin (a)", "USING not supported for CREATE INDEX"},
        {"CREATE INDEX ASYNC i ON t (a, b DESC)",
         "specifying sort order not supported for index keys"},
        {"CREATE INDEX ASYNC i ON t (a text_ops)", "opclass not supported for index keys"},
        {"CREATE INDEX i ON t (a, b, c, d, e, f, g, h, i)", keys},
        {"CREATE INDEX ASYNC i ON t (a NULLS FIRST, lower(b)) INCLUDE (c) WHERE a > 0"},
        {"CREATE UNIQUE INDEX ASYNC ON t (a) NULLS NOT DISTINCT"},
    });
}

TEST(dsql_rules, queries) {
    const char* const lock =
        "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported";
    const char* const english = "42704 text search configuration \"english\" does not exist";
    check({
        {"SELECT a FROM t FOR SHARE", lock},
        {"select a from t for no key update of t nowait", lock},
        {"SELECT a FROM t FOR UPDATE FOR SHARE", lock},
        {"WITH x AS (SELECT a FROM t FOR SHARE) TABLE x", lock},
        {"SELECT (SELECT a FROM t LIMIT 1 FOR NO KEY UPDATE)", lock},
        {"TABLE t FOR SHARE", lock},
        {"INSERT INTO t SELECT a FROM u FOR SHARE", lock},
        {"SELECT a FROM t FOR KEY SHARE SKIP LOCKED"},
        {"SELECT substring((SELECT a FROM t) FOR share) FROM t"},
        {"SELECT a FROM t TABLESAMPLE SYSTEM (1)", "TABLESAMPLE clause not supported"},
        {"CREATE VIEW v AS SELECT a FROM t TABLESAMPLE BERNOULLI (1)",
         "TABLESAMPLE clause not supported"},
        {"SELECT pg_advisory_lock(1)", "function pg_advisory_lock not supported"},
        {"SELECT 1 WHERE pg_catalog.\"pg_try_advisory_lock\"(1, 2)",
         "function pg_try_advisory_lock not supported"},
        {"EXPLAIN SELECT pg_advisory_unlock_all()",
         "function pg_advisory_unlock_all not supported"},
        {"SELECT my.pg_advisory_lock(1)"},
        {"SELECT circle('<(0,0),1>')", "datatype circle not supported"},
        {"SELECT point '(1,2)'", "datatype point not supported"},
        {"SELECT CAST('(1,2)' AS point)", "datatype point not supported"},
        {"SELECT to_tsvector('english', a) FROM t", english},
        {"SELECT 'english'::regconfig", english},
        {"SELECT to_tsvector('simple', a) FROM t"},
        {"SELECT to_tsvector('a')"},
        {"SELECT '127.0.0.1'::inet, ARRAY[1, 2], int4range(1, 2), '{}'::text[]"},
        {"COPY t FROM STDIN"},
        {"COPY (SELECT a FROM t) TO STDOUT"},
        {"COPY t FROM '/etc/passwd'", "unsupported statement: Copy"},
        {"COPY t TO PROGRAM 'true'", "unsupported statement: Copy"},
    });
}

TEST(dsql_rules, functions_and_what_they_contain) {
    check({
        {"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'"},
        {"CREATE FUNCTION f() RETURNS int LANGUAGE SQL RETURN 1"},
        {"CREATE OR REPLACE FUNCTION f() RETURNS int AS $$ BEGIN END $$ LANGUAGE 'plpgsql'",
         "CREATE FUNCTION with language plpgsql not supported"},
        {"CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'", "PROCEDURE is not supported"},
        {"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SELECT 1; TRUNCATE t'",
         "unsupported statement: Truncate"},
        {"CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a FROM t FOR SHARE; END",
         "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported"},
        {"CREATE FUNCTION f() RETURNS int LANGUAGE sql SET work_mem = 1 AS 'SELECT 1'",
         "setting configuration parameter \"work_mem\" not supported"},
    });
}

TEST(dsql_rules, objects_of_the_system) {
    const char* const system = "feature not supported on system entity";
    check({
        {"GRANT USAGE ON SCHEMA public TO app", system},
        {"grant all on schema a, Public to b", system},
        {"REVOKE CREATE ON SCHEMA \"public\" FROM app", system},
        {"GRANT USAGE ON SCHEMA \"Public\" TO app"},
        {"GRANT SELECT ON ALL TABLES IN SCHEMA public TO app"},
        {"GRANT SELECT ON t TO app"},
        {"GRANT SELECT ON sys.jobs TO app", system},
        {"DROP SCHEMA sys CASCADE", system},
        {"drop schema if exists a, \"dsql_local\" cascade", system},
        {"DROP SCHEMA public", system},
        {"ALTER SCHEMA sys RENAME TO s", system},
        {"ALTER SCHEMA public OWNER TO app", system},
        {"DROP VIEW sys.jobs", system},
        {"DROP FUNCTION dsql_local.add_job(text, oid, text)", system},
        {"ALTER TABLE pg_catalog.pg_class ADD a int", system},
        {"CREATE TABLE sys.t (a int)", system},
        {"DROP TABLE public.t"},
        {"DROP TYPE t", "unsupported object in DROP statement"},
        {"DROP PROCEDURE p()", "unsupported object in DROP statement"},
        {"DROP MATERIALIZED VIEW v", "unsupported object in DROP statement"},
        {"CREATE ROLE r WITH LOGIN"},
        {"CREATE ROLE r LOGIN PASSWORD 'x'", "PASSWORD not supported for roles"},
        {"ALTER ROLE r VALID UNTIL '2027-01-01'", "VALID UNTIL not supported for roles"},
        {"DROP DOMAIN d"},
        {"DROP FUNCTION f(int)"},
    });
}

std::vector<std::string> refused_probes() {
    std::vector<std::string> statements;
    for (const auto& entry : std::filesystem::directory_iterator(DSQL_PROBES)) {
        for (const conformance::probe_case& one : conformance::read_probe_file(entry.path())) {
            for (const conformance::probe& probe : one.probes) {
                const auto found = split_statements(probe.sql);
                if (found.size() == 1 && found.front().refused) {
                    statements.push_back(probe.sql);
                }
            }
        }
    }
    return statements;
}

// Writes a statement with other white space, with comments, and with keywords in any case.
std::string vary(std::string_view sql, std::mt19937& random) {
    std::string varied;
    std::size_t end = 0;
    wire::sql_scanner scanner(sql);
    while (const auto token = scanner.next()) {
        if (token->offset > end) {
            constexpr std::array<const char*, 5> gaps = {" ", "\n\t", " /* FOR SHARE */ ",
                                                         " -- ;\n", " /* /* ' */ \" */ "};
            varied += gaps.at(random() % gaps.size());
        }
        for (const char c : token->text) {
            const bool is_upper = token->kind == wire::token_kind::word && random() % 2 == 0;
            varied += is_upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        end = token->end();
    }
    return varied + (random() % 2 == 0 ? "" : " ;");
}

TEST(dsql_rules, case_and_comments_do_not_matter) {
    const auto statements = refused_probes();
    EXPECT_GE(statements.size(), 200U);
    std::mt19937 random(1);  // NOLINT: the same sequence each time
    for (const std::string& sql : statements) {
        for (int i = 0; i < 5; ++i) {
            const std::string varied = vary(sql, random);
            EXPECT_EQ(error_of(varied), error_of(sql)) << varied;
        }
    }
}

TEST(dsql_rules, a_statement_that_breaks_off_does_no_harm) {
    for (const std::string& sql : refused_probes()) {
        for (std::size_t size = 0; size < sql.size(); size += 3) {
            EXPECT_LE(split_statements(sql.substr(0, size)).size(), 2U);
        }
    }
}

}  // namespace dsql_rules_test
