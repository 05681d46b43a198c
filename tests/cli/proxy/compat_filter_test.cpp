// SPDX-License-Identifier: Apache-2.0
#include "proxy/compat_filter.hpp"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace compat_filter_test {

using dsql_cli::proxy::compat_filter;

const std::string nothing = "SET statement_timeout TO DEFAULT";

class CompatFilter : public testing::Test {
protected:
    std::string rewrite(const std::string& sql) { return filter_.rewrite(sql); }

    std::vector<std::string> log_;
    compat_filter filter_{[this](const std::string& line) {
        log_.push_back(line);
    }};
};

TEST_F(CompatFilter, AnswersWhatToolsSendOutOfHabit) {
    for (const auto& [sent, expected] : std::vector<std::pair<std::string, std::string>>{
             {"SET statement_timeout = 0", nothing},
             {"set session Lock_Timeout to '5s';", nothing + ";"},
             {"SET LOCAL work_mem = '1GB'", nothing},
             {"/* a */ SET row_security = off -- b", "/* a */ " + nothing + " -- b"},
             {"SET standard_conforming_strings = ON", nothing},
             {"SELECT set_config('bytea_output','hex',false)",
              "SELECT CAST('hex' AS text) AS set_config"},
             {"SELECT pg_catalog.set_config('lock_timeout', $1, true), 1",
              "SELECT CAST($1 AS text) AS set_config, 1"},
             {"SELECT set_config(name, 'view, foreign-table', false) FROM pg_settings WHERE name = "
              "'restrict_nonsystem_relation_kind'",
              "SELECT CAST('view, foreign-table' AS text) AS set_config FROM pg_settings WHERE "
              "name = 'restrict_nonsystem_relation_kind'"},
             {"SELECT pg_try_advisory_lock($1)",
              "SELECT COALESCE(true OR CAST($1 AS bigint) IS NULL) AS pg_try_advisory_lock"},
             {"SELECT pg_advisory_lock(f(1, 2), 3) AS x",
              "SELECT left(CAST(COALESCE(true OR CAST(f(1, 2) AS bigint) IS NULL OR CAST(3 AS "
              "bigint) IS NULL) AS text), 0) AS x"},
             {"SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; RESET ALL;",
              "SELECT left(CAST(COALESCE(true) AS text), 0) AS pg_advisory_unlock_all; " + nothing +
                  "; " + nothing + "; RESET ALL;"},
             {"LOCK TABLE public.a, ONLY b IN ACCESS SHARE MODE", nothing},
             {"LOCK a IN ACCESS SHARE MODE", nothing},
             {"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", nothing},
             {"SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED", nothing},
             {"BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
              "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
             {"start transaction isolation level read uncommitted",
              "start transaction ISOLATION LEVEL REPEATABLE READ"},
             {"DISCARD ALL", "RESET ALL"}}) {
        EXPECT_EQ(rewrite(sent), expected) << sent;
    }
}

TEST_F(CompatFilter, LeavesTheRestToTheCluster) {
    for (const char* sql :
         {"",
          ";",
          "SELECT 1",
          "SET",
          "SET search_path = a",
          "SET statement_timeout TO DEFAULT",
          "RESET statement_timeout",
          "SET standard_conforming_strings = off",
          "SET default_transaction_read_only = on",
          "SET statement_timeout",
          "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
          "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
          "SET TRANSACTION SNAPSHOT 'x'",
          "BEGIN ISOLATION LEVEL SERIALIZABLE",
          "BEGIN",
          "LOCK TABLE a IN ACCESS EXCLUSIVE MODE",
          "LOCK TABLE a",
          "LISTEN a",
          "SAVEPOINT a",
          "SELECT 'SET statement_timeout = 0'",
          "SELECT set_config('search_path', '', false)",
          "SELECT app.pg_advisory_lock(1)",
          "SELECT \"pg_advisory_lock\"",
          "SELECT set_config('lock_timeout', 'x')",
          "CREATE FUNCTION pg_advisory_lock(int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
          "GRANT EXECUTE ON FUNCTION pg_advisory_lock(int) TO app",
          "COMMENT ON FUNCTION pg_advisory_lock(int) IS 'none'",
          "ALTER FUNCTION pg_advisory_lock(int) OWNER TO app",
          "EXECUTE unknown(1)",
          "DEALLOCATE unknown",
          "PREPARE p AS SELECT 1",
          "SELECT pg_advisory_lock(1",
          "PREPARE p (int",
          "SELECT f(a,,b), f(,), f( )",
          ")",
          "SELECT f(]"}) {
        EXPECT_EQ(rewrite(sql), "") << sql;
    }
    EXPECT_EQ(rewrite("SET statement_timeout = 0 -- " + std::string(200'000, 'x')), "");
    EXPECT_TRUE(log_.empty()) << log_.front();
}

// Clients look results up by their names.
TEST_F(CompatFilter, AResultKeepsTheNameOfItsFunction) {
    const std::string lock = "pg_try_advisory_lock()";
    const std::string value = "COALESCE(true)";
    const std::string named = value + " AS pg_try_advisory_lock";
    for (const auto& [before, after, expected] :
         std::vector<std::tuple<std::string, std::string, std::string>>{
             {"SELECT ", "", named},
             {"SELECT a, f(b, c), ", ", 1 FROM t", named},
             {"SELECT * FROM ", "", named},
             {"SELECT * FROM t, ", " WHERE a", named},
             {"INSERT INTO t (SELECT ", ")", named},
             {"SELECT * FROM ", " AS x", value},
             {"SELECT * FROM ", " x", value},
             {"SELECT ", "::text", value},
             {"SELECT NOT ", "", value},
             {"SELECT f(a, ", ")", value},
             {"SELECT a IS DISTINCT FROM ", "", value},
             {"SELECT 1 FROM t WHERE ", "", value},
             {"SELECT 1 FROM t ORDER BY a, ", "", value},
             {"INSERT INTO t VALUES (1, ", ")", value},
             {"UPDATE t SET a = 1, b = ", "", value}}) {
        EXPECT_EQ(rewrite(before + lock + after), before + expected + after);
    }
}

// pg_dump locks many tables with one statement.
TEST_F(CompatFilter, AnswersALongListOfTables) {
    std::string list = "public.first";
    while (list.size() < 100'000) {
        list += ", public.table_" + std::to_string(list.size());
    }
    EXPECT_EQ(rewrite("LOCK TABLE " + list + " IN ACCESS SHARE MODE"), nothing);
}

TEST_F(CompatFilter, ReportsAnotherVersionToThoseThatRefuseANewerServer) {
    EXPECT_EQ(filter_.reported_version("psql", "16.15"), "16.15");
    EXPECT_TRUE(log_.empty());
    EXPECT_EQ(filter_.reported_version("pg_dump", "16.15"),
              "15.0 (by dsql proxy --compat; Aurora DSQL says 16.15)");
    EXPECT_EQ(log_.size(), 1U);
}

TEST_F(CompatFilter, ExecutesPreparedStatements) {
    EXPECT_EQ(rewrite("PREPARE dumpFunc(pg_catalog.oid, text) AS\nSELECT $2, '$1' FROM pg_proc p "
                      "WHERE p.oid = $1"),
              nothing);
    EXPECT_EQ(rewrite("EXECUTE dumpfunc('42', f(',', ')'))"),
              "SELECT CAST(f(',', ')') AS text), '$1' FROM pg_proc p WHERE p.oid = CAST('42' AS "
              "pg_catalog.oid)");
    EXPECT_EQ(rewrite("EXECUTE dumpfunc('42')"), "");
    EXPECT_EQ(rewrite("DEALLOCATE dumpFunc"), nothing);
    EXPECT_EQ(rewrite("EXECUTE dumpfunc('42', '')"), "");
}

TEST_F(CompatFilter, ALongArgumentInManyPlacesIsLeftToTheCluster) {
    std::string sql = "PREPARE p (text) AS SELECT $1";
    for (int i = 0; i < 1000; ++i) {
        sql += ", $1";
    }
    EXPECT_EQ(rewrite(sql), nothing);
    EXPECT_EQ(rewrite("EXECUTE p('" + std::string(100'000, 'x') + "')"), "");
    EXPECT_EQ(rewrite("EXECUTE p('x')").substr(0, 44),
              "SELECT CAST('x' AS text), CAST('x' AS text),");
}

TEST_F(CompatFilter, ReportsEachKindOnceAndNoValues) {
    for (int i = 0; i < 3; ++i) {
        static_cast<void>(rewrite("SET statement_timeout = 12345"));
    }
    static_cast<void>(rewrite("SELECT pg_advisory_lock(67890)"));
    static_cast<void>(rewrite("SELECT set_config('jit', 'off', true)"));
    EXPECT_EQ(log_, (std::vector<std::string>{
                        "SET statement_timeout (a statement has no time limit; a transaction ends "
                        "after 5 minutes)",
                        "pg_advisory_lock() (nothing is locked: run one migration at a time)",
                        "set_config() of jit (the cluster chooses)"}));
}

TEST_F(CompatFilter, LeavesOutSettingsOfTheLogin) {
    wire::startup_parameters settings{
        {"statement_timeout", "5s"}, {"TimeZone", "UTC"}, {"standard_conforming_strings", "off"}};
    filter_.remove_answered(settings);
    EXPECT_EQ(settings, (wire::startup_parameters{{"TimeZone", "UTC"},
                                                  {"standard_conforming_strings", "off"}}));
    EXPECT_EQ(log_.size(), 1U);
}

}  // namespace compat_filter_test
