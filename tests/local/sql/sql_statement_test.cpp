// SPDX-License-Identifier: Apache-2.0
#include "sql/sql_statement.hpp"

#include <gtest/gtest.h>

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
                            "WITH a AS (SELECT 1) SELECT 1", "COPY t TO STDOUT", "CALL p()",
                            "INSERT INTO t VALUES (1)", "CREATE TABLE t (a int)", "TRUNCATE t",
                            "EXPLAIN SELECT 1", "(SELECT a FROM t)", "GRANT SELECT ON t TO a"}) {
        EXPECT_TRUE(only(sql).touches_storage) << sql;
    }
    for (const char* sql :
         {"SELECT 1", "SELECT 'FROM'", "SELECT \"from\"", "SHOW timezone", "SET search_path TO t",
          "VALUES (1)", "DO $$ SELECT FROM t $$", "BEGIN", "COMMIT"}) {
        EXPECT_FALSE(only(sql).touches_storage) << sql;
    }
}

TEST(sql_statement, what_writes) {
    for (const char* sql :
         {"INSERT INTO t VALUES (1)", "update t set a = 1", "DELETE FROM t", "COPY t FROM STDIN",
          "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
          "WITH a AS (DELETE FROM t RETURNING a) SELECT * FROM a", "SELECT a FROM t FOR UPDATE",
          "SELECT a FROM t FOR NO KEY UPDATE", "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
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

TEST(sql_statement, isolation_levels_and_settings) {
    EXPECT_EQ(only("BEGIN ISOLATION LEVEL repeatable read").unsupported, "");
    EXPECT_EQ(only("BEGIN READ ONLY, ISOLATION LEVEL read uncommitted").unsupported,
              "Unsupported isolation level: READ UNCOMMITTED");
    EXPECT_EQ(only("SET TRANSACTION SNAPSHOT 'x'").unsupported,
              "setting configuration parameter \"TRANSACTION\" not supported");
    EXPECT_EQ(only("set local Lock_Timeout = 5").unsupported,
              "setting configuration parameter \"lock_timeout\" not supported");
    for (const char* sql :
         {"SET lock_timeout TO DEFAULT", "RESET lock_timeout", "SET search_path = lock_timeout",
          "SET TIME ZONE 'UTC'", "SET SESSION AUTHORIZATION a", "SET ROLE a"}) {
        EXPECT_EQ(only(sql).unsupported, "") << sql;
    }
}

TEST(sql_statement, indexes_become_jobs) {
    EXPECT_EQ(only("CREATE INDEX i ON t (a)").index_job, "");
    EXPECT_EQ(only("CREATE UNIQUE INDEX ASYNC i ON s.\"T\" (a)").index_job,
              "CALL dsql_local.create_index($q$CREATE UNIQUE INDEX  i ON s.\"T\" (a) $q$, "
              "$q$s.\"T\" $q$)");
    const std::string quoted = only("CREATE INDEX ASYNC ON t (a) WHERE b = '$q$'").index_job;
    EXPECT_EQ(quoted.find("CALL dsql_local.create_index($q0$CREATE INDEX "), 0U) << quoted;
}

}  // namespace sql_statement_test
