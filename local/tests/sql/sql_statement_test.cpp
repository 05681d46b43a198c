// SPDX-License-Identifier: Apache-2.0
#include "sql/sql_statement.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sql_statement_test {

using namespace dsql_local;

sql_statement only(std::string_view sql) {
    const auto statements = split_statements(sql);
    EXPECT_EQ(statements.size(), 1U) << sql;
    return statements.empty() ? sql_statement{} : statements.front();
}

TEST(sql_statement, queries_are_split_at_the_semicolons_that_end_statements) {
    const std::string_view sql = "; SELECT ';' /* ; */ ;-- ;\n INSERT INTO t VALUES ($$;$$);;";
    const auto statements = split_statements(sql);
    ASSERT_EQ(statements.size(), 2U);
    EXPECT_EQ(sql.substr(statements[0].offset, statements[0].size), "SELECT ';'");
    EXPECT_EQ(sql.substr(statements[1].offset, statements[1].size), "INSERT INTO t VALUES ($$;$$)");
    EXPECT_TRUE(split_statements(" -- nothing").empty());
}

TEST(sql_statement, bodies_of_functions_and_rules_are_not_split) {
    EXPECT_EQ(only("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true "
                   "THEN 1 END; END;")
                  .kind,
              statement_kind::other);
    only("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2)");
}

TEST(sql_statement, transactions) {
    for (const char* sql : {"begin", "BEGIN WORK", "start transaction read only"}) {
        EXPECT_EQ(only(sql).kind, statement_kind::begin) << sql;
    }
    for (const char* sql : {"commit", "END", "COMMIT WORK", "end transaction"}) {
        EXPECT_EQ(only(sql).kind, statement_kind::commit) << sql;
        EXPECT_FALSE(only(sql).chains);
    }
    EXPECT_TRUE(only("COMMIT AND CHAIN").chains);
    EXPECT_FALSE(only("COMMIT AND NO CHAIN").chains);
    for (const char* sql : {"rollback", "ABORT", "ROLLBACK TRANSACTION AND CHAIN"}) {
        EXPECT_EQ(only(sql).kind, statement_kind::rollback) << sql;
    }
    for (const char* sql : {"COMMIT PREPARED 'x'", "ROLLBACK PREPARED 'x'", "ROLLBACK TO s",
                            "ROLLBACK WORK TO SAVEPOINT s", "SAVEPOINT s"}) {
        EXPECT_EQ(only(sql).kind, statement_kind::other) << sql;
    }
}

TEST(sql_statement, what_touches_storage) {
    for (const char* sql : {"SELECT a FROM t", "VALUES ((SELECT 1 FROM t))", "TABLE t",
                            "WITH a AS (SELECT 1 FROM t) SELECT 1", "COPY t TO STDOUT", "CALL p()",
                            "INSERT INTO t VALUES (1)", "CREATE TABLE t (a int)", "TRUNCATE t",
                            "EXPLAIN SELECT 1", "(SELECT a FROM t)", "GRANT SELECT ON t TO a"}) {
        EXPECT_TRUE(only(sql).touches_storage) << sql;
    }
    for (const char* sql :
         {"SELECT 1", "SELECT 'FROM'", "SELECT \"from\"", "SHOW timezone", "SET search_path TO t",
          "VALUES (1)", "DO $$ SELECT FROM t $$", "BEGIN", "COMMIT",
          "WITH a AS (SELECT 1) SELECT * FROM a", "SELECT extract(day FROM now())",
          "SELECT * FROM generate_series(1, 3)"}) {
        EXPECT_FALSE(only(sql).touches_storage) << sql;
    }
}

TEST(sql_statement, what_writes) {
    for (const char* sql :
         {"INSERT INTO t VALUES (1)", "update t set a = 1", "DELETE FROM t", "COPY t FROM STDIN",
          "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
          "WITH a AS (DELETE FROM t RETURNING a) SELECT * FROM a", "SELECT a FROM t FOR UPDATE",
          "SELECT a FROM t FOR KEY SHARE", "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
          "EXPLAIN (ANALYZE) DELETE FROM t", "/* c */ INSERT INTO t VALUES (1)"}) {
        EXPECT_TRUE(only(sql).writes) << sql;
    }
    for (const char* sql :
         {"SELECT a FROM t", "COPY t TO STDOUT", "COPY (SELECT a FROM t) TO STDOUT",
          "EXPLAIN DELETE FROM t", "WITH a AS (SELECT 'DELETE') SELECT * FROM a",
          "CREATE TABLE t (a int)"}) {
        EXPECT_FALSE(only(sql).writes) << sql;
    }
}

TEST(sql_statement, what_is_called) {
    const auto called = [](const char* sql) {
        return only(sql).called;
    };
    using names = std::vector<std::string>;
    EXPECT_EQ(called("SELECT f(g(1)), F(2) FROM s.h(3) WHERE extract(day FROM a) = now()"),
              (names{"f", "g", "now", "s.h"}));
    EXPECT_EQ(called("EXPLAIN ANALYZE SELECT f()"), names{"f"});
    EXPECT_EQ(called("EXPLAIN SELECT f()"), names{});
    EXPECT_EQ(called("CALL f(1)"), names{"f"});
    EXPECT_EQ(called("CALL sys.wait_for_job('a')"), names{});
    EXPECT_EQ(called("SELECT pg_catalog.f()"), names{});
    EXPECT_EQ(only("SELECT f(a) FROM t").tables, names{"t"});
    EXPECT_EQ(only("SELECT a FROM t").tables, names{});
}

TEST(sql_statement, what_changes_the_catalogue) {
    for (const char* sql :
         {"CREATE TABLE t (temp int)", "ALTER TABLE t ADD a int", "DROP TABLE t",
          "GRANT SELECT ON t TO a", "REVOKE SELECT ON t FROM a", "COMMENT ON TABLE t IS 'x'",
          "SELECT a INTO u FROM t", "CREATE TABLE temp (a int)"}) {
        EXPECT_TRUE(only(sql).is_ddl) << sql;
        EXPECT_FALSE(only(sql).is_temporary) << sql;
    }
    for (const char* sql :
         {"CREATE TEMP TABLE t (a int)", "CREATE LOCAL TEMPORARY TABLE t (a int)",
          "CREATE OR REPLACE TEMP VIEW v AS SELECT 1", "SELECT a INTO TEMP u FROM t"}) {
        EXPECT_TRUE(only(sql).is_ddl) << sql;
        EXPECT_TRUE(only(sql).is_temporary) << sql;
    }
    EXPECT_FALSE(only("INSERT INTO t VALUES (1)").is_ddl);
}

TEST(sql_statement, what_ddl_is_about) {
    using names = std::vector<std::string>;
    EXPECT_EQ(only("CREATE TEMP TABLE IF NOT EXISTS pg_temp.\"A b\" (x int)").objects,
              names{"A b"});
    EXPECT_EQ(only("DROP TABLE IF EXISTS a, s.B CASCADE").objects, (names{"a", "b"}));
    EXPECT_EQ(only("CREATE UNIQUE INDEX i ON ONLY s.t (a)").objects, names{"t"});
    EXPECT_EQ(only("ALTER TABLE t ADD COLUMN a int").objects, names{"t"});
    EXPECT_EQ(only("CREATE ROLE r").objects, names{});
}

TEST(sql_statement, explain_analyze_verbose_estimates_dpus) {
    for (const char* sql :
         {"EXPLAIN ANALYZE VERBOSE SELECT 1", "explain (analyze, verbose) select 1",
          "EXPLAIN (VERBOSE, ANALYZE true, FORMAT text) SELECT 1",
          "EXPLAIN (ANALYZE, COSTS off, VERBOSE on) DELETE FROM t"}) {
        EXPECT_TRUE(only(sql).explains && only(sql).estimates_dpus) << sql;
    }
    for (const char* sql :
         {"EXPLAIN SELECT 1", "EXPLAIN VERBOSE SELECT 1", "EXPLAIN ANALYZE SELECT 1",
          "EXPLAIN (ANALYZE) SELECT 1", "EXPLAIN (ANALYZE, VERBOSE false) SELECT 1",
          "EXPLAIN (ANALYZE 0, VERBOSE) SELECT 1",
          "EXPLAIN (ANALYZE, VERBOSE, FORMAT json) SELECT 1"}) {
        EXPECT_TRUE(only(sql).explains) << sql;
        EXPECT_FALSE(only(sql).estimates_dpus) << sql;
    }
    EXPECT_FALSE(only("SELECT 1").explains);
}

TEST(sql_statement, indexes_become_jobs) {
    EXPECT_EQ(only("CREATE INDEX i ON t (a)").call.sql, "");
    EXPECT_EQ(only("CREATE UNIQUE INDEX ASYNC i ON s.\"T\" (a)").call.sql,
              "CALL pg_catalog.dsql_local_create_index($q$CREATE  INDEX  i ON s.\"T\" (a) $q$, "
              "$q$s.\"T\" $q$, true)");
    const std::string quoted = only("CREATE INDEX ASYNC ON t (a) WHERE b = '$q$'").call.sql;
    EXPECT_EQ(quoted.find("CALL pg_catalog.dsql_local_create_index($q0$CREATE INDEX "), 0U)
        << quoted;
}

TEST(sql_statement, what_only_dsql_has_becomes_a_call) {
    const procedure_call granted = only("aws iam grant \"My Role\" to 'arn:x';").call;
    EXPECT_EQ(granted.sql,
              "CALL pg_catalog.dsql_local_set_iam_grant($q$\"My Role\" $q$, 'arn:x', true)");
    EXPECT_EQ(granted.tag, "GRANT");
    const procedure_call revoked = only("AWS IAM REVOKE app FROM $$arn:x$$").call;
    EXPECT_EQ(revoked.sql,
              "CALL pg_catalog.dsql_local_set_iam_grant($q$app $q$, $$arn:x$$, false)");
    EXPECT_EQ(revoked.tag, "REVOKE");
    EXPECT_TRUE(only("AWS IAM GRANT app TO 'arn'").is_ddl);
    const procedure_call validated =
        only("ALTER TABLE ASYNC IF EXISTS s.t VALIDATE CONSTRAINT c").call;
    EXPECT_EQ(validated.sql,
              "CALL pg_catalog.dsql_local_validate_constraint($q$ALTER TABLE  IF EXISTS s.t "
              "VALIDATE CONSTRAINT c $q$, $q$s.t $q$, $q$c $q$)");
    EXPECT_EQ(validated.tag, "ALTER TABLE");
    for (const char* sql :
         {"AWS IAM", "AWS IAM GRANT app", "AWS IAM GRANT app TO arn", "AWS IAM GRANT app FROM 'a'",
          "AWS IAM GRANT a, b TO 'arn'", "AWS IAM GRANT app TO 'arn' WITH GRANT OPTION",
          "AWS GRANT app TO 'arn'", "GRANT app TO other", "ALTER TABLE ASYNC t ADD COLUMN a int",
          "ALTER TABLE t VALIDATE CONSTRAINT c", "CREATE INDEX i ON t (a)"}) {
        EXPECT_TRUE(only(sql).call.empty()) << sql;
    }
}

TEST(sql_statement, what_dsql_does_otherwise_is_rewritten) {
    EXPECT_EQ(only("SHOW Server_Version").call.sql,
              "CALL pg_catalog.dsql_local_show_server_version()");
    EXPECT_EQ(only("show server_version").call.tag, "SHOW");
    EXPECT_EQ(only("SET LOCAL disable_sync_create_index TO No").call.sql,
              "SET LOCAL dsql_local.disable_sync_create_index = off");
    EXPECT_EQ(only("RESET disable_sync_create_index").call.sql,
              "RESET dsql_local.disable_sync_create_index");
    EXPECT_EQ(only("ALTER TABLE s.\"T'\" DROP a, DROP CONSTRAINT c").call.sql,
              "CALL pg_catalog.dsql_local_alter_table($q$ALTER TABLE s.\"T'\" DROP a, DROP "
              "CONSTRAINT c $q$, "
              "'\"s\".\"T''\"', ARRAY['a'], ARRAY['c'])");
    EXPECT_EQ(only("CREATE TABLE t (a text STORAGE plain NOT NULL, storage int)").call.sql,
              "CREATE TABLE t (a text  NOT NULL, storage int)");
    EXPECT_EQ(only("ALTER TABLE t ADD a text STORAGE DEFAULT").call.sql,
              "ALTER TABLE t ADD a text ");
    EXPECT_EQ(only("ALTER TABLE t DROP b, ADD a text STORAGE main").call.sql,
              "CALL pg_catalog.dsql_local_alter_table($q$ALTER TABLE t DROP b, ADD a text  $q$, "
              "'\"t\"', ARRAY['b'], '{}')");
    EXPECT_EQ(
        only("SELECT d.daticulocale AS \"Locale\", d.daticurules FROM pg_database d").call.sql,
        "SELECT coalesce(pg_catalog.to_jsonb(d)->>'daticulocale', "
        "pg_catalog.to_jsonb(d)->>'datlocale') AS \"Locale\", "
        "coalesce(pg_catalog.to_jsonb(d)->>'daticurules', "
        "pg_catalog.to_jsonb(d)->>'daticurules') FROM pg_database d");
    EXPECT_EQ(only("SELECT c.colliculocale, c.collicurules, 'it' FROM pg_collation c").call.sql,
              "SELECT coalesce(pg_catalog.to_jsonb(c)->>'colliculocale', "
              "pg_catalog.to_jsonb(c)->>'colllocale'), "
              "coalesce(pg_catalog.to_jsonb(c)->>'collicurules', "
              "pg_catalog.to_jsonb(c)->>'collicurules'), 'it' FROM pg_collation c");
    for (const char* sql : {"SHOW timezone", "SET search_path = a", "ALTER TABLE t ADD a int",
                            "CREATE TABLE t (storage text)", "SELECT storage main FROM t",
                            "SELECT daticulocale, 'd.daticulocale' FROM t"}) {
        EXPECT_TRUE(only(sql).call.empty()) << sql;
    }
}

// A parse tree that is too deep for the stack of a thread is left to PostgreSQL.
TEST(sql_statement, nesting_does_no_harm) {
    for (const char* level : {"NOT ", "- ", "(SELECT ", "f(", "ARRAY["}) {
        const std::string open = level;
        const std::string close = open.find('(') != std::string::npos   ? ")"
                                  : open.find('[') != std::string::npos ? "]"
                                                                        : "";
        for (const int depth : {50, 1'000, 3'000, 9'900, 30'000}) {
            std::string sql = "SELECT ";
            for (int i = 0; i < depth; ++i) {
                sql += open;
            }
            sql += '1';
            for (int i = 0; i < depth; ++i) {
                sql += close;
            }
            EXPECT_EQ(only(sql).is_parsed || depth > 50, true) << open << depth;
        }
    }
}

TEST(sql_statement, a_syntax_error_anywhere_is_left_to_postgres) {
    const auto statements = split_statements("TRUNCATE t; SELECT FROM FROM");
    ASSERT_EQ(statements.size(), 2U);
    EXPECT_FALSE(statements[0].refused);
    EXPECT_FALSE(statements[1].is_parsed);
}

TEST(sql_statement, the_dialect_of_postgres_refuses_nothing) {
    for (const char* sql : {"TRUNCATE t", "SHOW server_version", "SET statement_timeout = 5",
                            "CREATE INDEX i ON t (a)", "ALTER TABLE t DROP COLUMN a"}) {
        const auto statements = split_statements(sql, sql_dialect::postgres);
        ASSERT_EQ(statements.size(), 1U);
        EXPECT_FALSE(statements[0].refused) << sql;
        EXPECT_TRUE(statements[0].call.empty()) << sql;
    }
    EXPECT_EQ(
        split_statements("CREATE INDEX ASYNC i ON t (a)", sql_dialect::postgres).front().call.tag,
        "CREATE INDEX");
}

// The analysis of a query is remembered without its constants, and must not depend on them.
TEST(sql_statement, queries_that_differ_in_constants_only_are_analyzed_alike) {
    for (const char* sql :
         {"SELECT a FROM t WHERE b = 1 LIMIT 10", "SELECT a FROM t WHERE b = 'x' LIMIT 7",
          "INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, 'c')",
          "INSERT INTO t VALUES ($1, $2), ($3, $4)", "SELECT interval '1' day, varchar(3) 'a'",
          "SELECT 'a' \n 'b'", "SELECT U&'!0041' UESCAPE '!'", "SELECT a FROM t WHERE b IS NULL",
          "SELECT substring(a FROM 1 FOR 2) FROM t", "SELECT a FROM t WHERE (b) IN ((1), (2))"}) {
        EXPECT_TRUE(only(sql).is_parsed) << sql;
    }
    EXPECT_FALSE(only("SELECT set_config('search_path', 'a', true)").refused);
    EXPECT_TRUE(only("SELECT set_config('work_mem', 'a', true)").refused);
    EXPECT_FALSE(only("SELECT to_tsvector('simple', 'a')").refused);
    EXPECT_TRUE(only("SELECT to_tsvector('english', 'a')").refused);
}

TEST(sql_statement, prepare_and_execute_name_what_they_prepare_and_execute) {
    const sql_statement prepare = only("PREPARE \"P\" (int) AS INSERT INTO t VALUES ($1)");
    EXPECT_EQ(prepare.prepared_name, "P");
    ASSERT_TRUE(prepare.prepared);
    EXPECT_TRUE(prepare.prepared->writes);
    EXPECT_FALSE(prepare.writes) << "nothing is executed yet";
    EXPECT_FALSE(only("PREPARE p AS SELECT a FROM t").prepared->writes);
    for (const char* sql : {"EXECUTE p", "execute P (1)", "EXPLAIN (ANALYZE) EXECUTE p (1)"}) {
        EXPECT_EQ(only(sql).executed_name, "p") << sql;
    }
    for (const char* sql :
         {"EXPLAIN EXECUTE p", "DEALLOCATE p", "SELECT p", "PREPARE p AS TABLE t"}) {
        EXPECT_EQ(only(sql).executed_name, "") << sql;
    }
}

// DSQL accepts NOWAIT and SKIP LOCKED, but there are no locks that they could find.
TEST(sql_statement, what_to_do_about_locked_rows_is_left_out) {
    const std::pair<const char*, const char*> statements[] = {
        {"SELECT a FROM t FOR UPDATE NOWAIT", "SELECT a FROM t FOR UPDATE       "},
        {"SELECT a FROM t FOR UPDATE SKIP LOCKED LIMIT 2",
         "SELECT a FROM t FOR UPDATE             LIMIT 2"},
        {"SELECT a FROM t FOR KEY SHARE OF t, \"u\" skip /* */ locked",
         "SELECT a FROM t FOR KEY SHARE OF t, \"u\"      /* */       "},
        {"SELECT nowait, 'NOWAIT' FROM (SELECT 1 AS nowait FROM t FOR UPDATE OF t NOWAIT) AS skip",
         "SELECT nowait, 'NOWAIT' FROM (SELECT 1 AS nowait FROM t FOR UPDATE OF t       ) AS skip"},
        {"SELECT substring(a FOR nowait) FROM t FOR UPDATE NOWAIT",
         "SELECT substring(a FOR nowait) FROM t FOR UPDATE       "},
        {"SELECT a FROM t FOR UPDATE OF t NOWAIT FOR KEY SHARE OF u SKIP LOCKED",
         "SELECT a FROM t FOR UPDATE OF t        FOR KEY SHARE OF u            "},
    };
    for (const auto& [sql, expected] : statements) {
        EXPECT_EQ(only(sql).call.sql, expected) << sql;
        EXPECT_EQ(only(sql).call.tag, "") << sql;
        EXPECT_TRUE(split_statements(sql, sql_dialect::postgres).front().call.empty()) << sql;
    }
    EXPECT_TRUE(only("SELECT nowait FROM t FOR UPDATE").call.empty());
}

}  // namespace sql_statement_test
