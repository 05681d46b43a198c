// SPDX-License-Identifier: Apache-2.0
#include "pg/sql/statement_traits.hpp"

#include <gtest/gtest.h>

#include <string>

namespace statement_traits_test {

using dsql::pg::traits_of;

TEST(StatementTraits, RecognizesTheEndOfATransaction) {
    for (const char* sql :
         {"COMMIT", "commit;", "End", "ABORT", "rollback work", "COMMIT AND CHAIN", " \n\t COMMIT",
          "-- a comment\nCOMMIT", "-- a comment\rCOMMIT", "/* a /* nested */ comment */ COMMIT",
          ";COMMIT", "; ; -- none\n COMMIT", "PREPARE TRANSACTION 'x'",
          "prepare/**/transaction 'x'", "ROLLBACK TRANSACTION", "COMMIT PREPARED 'x'",
          "END/**/TRANSACTION", "ROLLBACK AND CHAIN"}) {
        EXPECT_TRUE(traits_of(sql).ends_transaction) << sql;
    }
    for (const char* sql :
         {"", "SELECT 1", "SELECT 'COMMIT'", "\"COMMIT\"", "commits", "SAVEPOINT s", "ending",
          "ROLLBACK TO s", "ROLLBACK WORK TO SAVEPOINT s", "PREPARE p AS SELECT 1",
          "/* COMMIT */ SELECT 1", "-- COMMIT", "INSERT INTO t VALUES ('; COMMIT')", "BEGIN",
          "EXPLAIN SELECT 1", "/* COMMIT"}) {
        EXPECT_FALSE(traits_of(sql).ends_transaction) << sql;
    }
}

TEST(StatementTraits, RecognizesWrites) {
    for (const char* sql :
         {"INSERT INTO t VALUES (1) RETURNING id", "update t set a = 1", "DELETE FROM t",
          "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE", "CALL p()", "EXECUTE p",
          "WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a",
          "WITH a AS MATERIALIZED (insert into t values (1) returning *) TABLE a",
          "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a RETURNING *",
          "EXPLAIN ANALYZE INSERT INTO t VALUES (1)", "EXPLAIN ANALYZE EXECUTE p",
          "SELECT 1 INTO t", "EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1",
          "WITH RECURSIVE r (i) AS (SELECT 1) SEARCH DEPTH FIRST BY i SET o INSERT INTO t SELECT 1",
          "WITH RECURSIVE r (i) AS (SELECT 1) CYCLE i SET c USING path DELETE FROM t RETURNING *",
          "WITH a AS (SELECT 1) UPDATE ONLY t SET a = 1 RETURNING *",
          "explain (analyze) update t set a = 1", "COPY (DELETE FROM t RETURNING *) TO STDOUT",
          "CREATE TABLE t (a int)"}) {
        EXPECT_TRUE(traits_of(sql).may_write) << sql;
    }
    for (const char* sql :
         {"SELECT 1",
          "VALUES (1)",
          "TABLE t",
          "(SELECT 1) UNION (SELECT 2)",
          "SHOW x",
          "SELECT * FROM t FOR UPDATE",
          "WITH a AS (SELECT 1) SELECT * FROM a, t FOR NO KEY UPDATE",
          "WITH a AS (SELECT '(DELETE FROM t)') TABLE a",
          "EXPLAIN SELECT 1",
          "WITH a AS (SELECT 1 /* (DELETE */) TABLE a",
          "WITH \"(insert\" AS (SELECT 1) SELECT 1",
          "WITH a AS (SELECT E'\\' (DELETE FROM t') TABLE a",
          "WITH a AS (SELECT $x$ (DELETE FROM t $x$) TABLE a",
          "COPY t TO STDOUT",
          "",
          "EXPLAIN DELETE FROM t",
          "WITH a AS (SELECT max(update) FROM t) TABLE a",
          "WITH a AS (SELECT (delete) FROM t WHERE (delete = 1)) SELECT insert, delete FROM a",
          "WITH a AS (SELECT max(id) update FROM t) SELECT * FROM (SELECT 1) merge",
          "WITH x (delete) AS (SELECT 1) SELECT delete FROM x"}) {
        EXPECT_FALSE(traits_of(sql).may_write) << sql;
    }
}

TEST(StatementTraits, RecognizesStatementsWorthPreparing) {
    for (const char* sql : {"SELECT 1", "insert into t values (1)", "WITH a AS (TABLE t) TABLE a",
                            "VALUES (1)", "(SELECT 1)", "DELETE FROM t", "UPDATE t SET a = 1"}) {
        EXPECT_TRUE(traits_of(sql).is_plannable) << sql;
    }
    for (const char* sql : {"CREATE TABLE t (a int)", "SET a = 1", "SHOW a", "BEGIN", "",
                            "SELECT 1 INTO t", "SELECT set_config('search_path', 'a', false)"}) {
        EXPECT_FALSE(traits_of(sql).is_plannable) << sql;
    }
}

TEST(StatementTraits, RecognizesChangesOfSchemaOrSettings) {
    for (const char* sql :
         {"CREATE TABLE t (a int)", "alter table t add b int", "DROP VIEW v", "DO $$ BEGIN END $$",
          "CALL p()", "SELECT a INTO u FROM t", "WITH a AS (SELECT 1) SELECT * INTO u FROM a",
          "CREATE TEMP TABLE u AS SELECT 1", "IMPORT FOREIGN SCHEMA s FROM u"}) {
        EXPECT_TRUE(traits_of(sql).changes_schema) << sql;
    }
    for (const char* sql : {"SELECT 1", "INSERT INTO t SELECT 1", "SELECT 'INTO' FROM t",
                            "WITH a AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM a",
                            "MERGE INTO t USING u ON true WHEN MATCHED THEN DO NOTHING"}) {
        EXPECT_FALSE(traits_of(sql).changes_schema) << sql;
    }
    for (const char* sql : {"SET search_path = a", "set local role x", "RESET ALL", "DISCARD ALL",
                            "SET \"search_path\" = a", "SET SCHEMA 'a'", "ROLLBACK TO s",
                            "SET SESSION AUTHORIZATION x", "SELECT \"set_config\"('a', 'b', true)",
                            "UPDATE pg_settings SET setting = 'a'",
                            "SELECT pg_catalog.set_config('search_path', $1, true)"}) {
        EXPECT_TRUE(traits_of(sql).changes_settings) << sql;
    }
    EXPECT_FALSE(traits_of("SET TIME ZONE 'UTC'").changes_settings);
    EXPECT_FALSE(traits_of("UPDATE t SET a = 1").changes_settings);
    EXPECT_FALSE(traits_of("SELECT 'set_config'").changes_settings);
}

}  // namespace statement_traits_test
