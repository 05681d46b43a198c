// SPDX-License-Identifier: Apache-2.0
#include "sql/sql_statement.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <utility>

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
              "CALL pg_catalog.dsql_local_grant_iam_role($q$\"My Role\" $q$, 'arn:x')");
    EXPECT_EQ(granted.tag, "GRANT");
    const procedure_call revoked = only("AWS IAM REVOKE app FROM $$arn:x$$").call;
    EXPECT_EQ(revoked.sql, "CALL pg_catalog.dsql_local_revoke_iam_role($q$app $q$, $$arn:x$$)");
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

TEST(sql_statement, row_locks_that_dsql_does_not_have) {
    for (const char* sql :
         {"SELECT a FROM t FOR SHARE", "select a from t for no key update of t nowait",
          "SELECT a FROM t FOR UPDATE FOR SHARE", "WITH x AS (SELECT a FROM t FOR SHARE) TABLE x",
          "SELECT (SELECT a FROM t LIMIT 1 FOR NO KEY UPDATE)", "TABLE t FOR SHARE",
          "INSERT INTO t SELECT a FROM u FOR SHARE", "PREPARE p AS SELECT a FROM t FOR SHARE",
          "SELECT f(a) FROM (SELECT a FROM t) AS u FOR SHARE"}) {
        EXPECT_EQ(only(sql).unsupported,
                  "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported")
            << sql;
    }
    for (const char* sql :
         {"SELECT a FROM t FOR UPDATE", "SELECT a FROM t FOR KEY SHARE SKIP LOCKED",
          "SELECT 'FOR SHARE'", "SELECT a AS share FROM t", "SELECT substring(a FOR share) FROM t",
          "SELECT substring((SELECT a FROM t) FOR share) FROM t",
          "SELECT substring(a FROM 1 FOR no) FROM t", "SELECT a FROM t -- FOR SHARE",
          "SELECT a FROM t FOR KEY SHARE OF no, key"}) {
        EXPECT_EQ(only(sql).unsupported, "") << sql;
    }
}

TEST(sql_statement, foreign_keys_are_added_without_a_look_at_the_rows) {
    constexpr const char* constraint = "unsupported ALTER TABLE ADD CONSTRAINT statement";
    constexpr const char* column = "ALTER TABLE ADD COLUMN with constraint not supported";
    constexpr const char* validate = "unsupported ALTER TABLE VALIDATE CONSTRAINT statement";
    const std::pair<const char*, const char*> cases[] = {
        {"ALTER TABLE ch ADD FOREIGN KEY (id) REFERENCES pa", constraint},
        {"alter table if exists only s.ch add constraint c foreign key (a, b) references pa (x, y)",
         constraint},
        {"ALTER TABLE ch ALTER a DROP NOT NULL, ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES pa",
         constraint},
        {"ALTER TABLE ch ADD COLUMN id int REFERENCES pa", column},
        {"ALTER TABLE ch ADD IF NOT EXISTS id numeric(10, 2) REFERENCES pa (id)", column},
        {"ALTER TABLE ch VALIDATE CONSTRAINT c", validate},
        {"ALTER TABLE ch ADD FOREIGN KEY (id) REFERENCES pa NOT VALID", ""},
        {"ALTER TABLE ch ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES pa ON DELETE CASCADE NOT "
         "VALID",
         ""},
        {"ALTER TABLE ch ADD COLUMN id int", ""},
        {"ALTER TABLE ch ADD COLUMN \"references\" int", ""},
        {"ALTER TABLE ch ADD CHECK (f(a, validate) > 0) NOT VALID", ""},
        {"ALTER TABLE ch DROP CONSTRAINT c", ""},
        {"ALTER TABLE ch RENAME TO other", ""},
        {"CREATE TABLE ch (id int REFERENCES pa, FOREIGN KEY (id) REFERENCES pa)", ""},
    };
    for (const auto& [sql, expected] : cases) {
        EXPECT_EQ(only(sql).unsupported, expected) << sql;
    }
}

TEST(sql_statement, rights_on_the_schema_public_are_not_granted) {
    for (const char* sql :
         {"GRANT USAGE ON SCHEMA public TO app", "grant all on schema a, Public to b",
          "REVOKE CREATE ON SCHEMA \"public\" FROM app"}) {
        EXPECT_EQ(only(sql).unsupported, "feature not supported on system entity") << sql;
    }
    for (const char* sql :
         {"GRANT USAGE ON SCHEMA app TO app", "GRANT USAGE ON SCHEMA app TO public",
          "GRANT SELECT ON ALL TABLES IN SCHEMA public TO app", "GRANT SELECT ON t TO app",
          "GRANT app TO other", "GRANT USAGE ON SCHEMA \"Public\" TO app"}) {
        EXPECT_EQ(only(sql).unsupported, "") << sql;
    }
}

}  // namespace sql_statement_test
