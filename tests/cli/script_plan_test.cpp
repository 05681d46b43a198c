// SPDX-License-Identifier: Apache-2.0
#include "run/script_plan.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace script_plan_test {

using dsql_cli::run::is_applied_before;
using dsql_cli::run::plan_steps;
using dsql_cli::run::script_step;
using dsql_cli::run::step_kind;
using dsql_cli::sql::script_error;
using dsql_cli::sql::split_script;

struct kind_case {
    std::string_view statement;
    step_kind kind;
};

TEST(ScriptPlan, KnowsHowEachStatementWantsToBeRun) {
    for (const kind_case& one : std::vector<kind_case>{
             {"select 1", step_kind::data},
             {"(SELECT 1) UNION SELECT 2", step_kind::data},
             {"WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a", step_kind::data},
             {"COPY t TO '/tmp/x'", step_kind::data},
             {"SET CONSTRAINTS ALL DEFERRED", step_kind::data},
             {"CREATE TABLE t (id int)", step_kind::schema},
             {"GRANT SELECT ON t TO r", step_kind::schema},
             {"AWS IAM GRANT r TO 'arn:aws:iam::123456789012:role/r'", step_kind::schema},
             {"CALL sys.wait_for_job('x')", step_kind::schema},
             {"ANALYZE t", step_kind::schema},
             {"SET search_path = a", step_kind::setting},
             {"reset all", step_kind::setting},
             {"SHOW search_path", step_kind::setting},
             {"BEGIN; CREATE TABLE t (id int); COMMIT", step_kind::schema},
             {"START TRANSACTION READ ONLY; SELECT 1; END", step_kind::reading},
             {"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1; COMMIT WORK", step_kind::data}}) {
        const auto steps = plan_steps(one.statement);
        ASSERT_EQ(steps.size(), 1U) << one.statement;
        EXPECT_EQ(steps[0].kind, one.kind) << one.statement;
    }
}

TEST(ScriptPlan, ABlockIsOneStep) {
    const auto steps = plan_steps("SET a = 1; BEGIN; COMMIT; BEGIN; INSERT 1; SELECT 2; END; x");
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_EQ(steps[1].number, 2);
    EXPECT_TRUE(steps[1].is_block);
    EXPECT_EQ(steps[1].statements.size(), 2U);
    EXPECT_EQ(steps[1].position.column, 27U);
    EXPECT_EQ(steps[2].number, 3);
    EXPECT_FALSE(steps[2].is_block);
}

struct fault_case {
    std::string_view script;
    std::size_t column;
    std::string_view words;
};

TEST(ScriptPlan, SaysWhatCannotBeRun) {
    for (const fault_case& one : std::vector<fault_case>{
             {"SELECT 1; BEGIN; SELECT 2", 11, "COMMIT is missing"},
             {"BEGIN; BEGIN; COMMIT", 8, "COMMIT of the block in line 1 is missing"},
             {"COMMIT", 1, "without a BEGIN"},
             {"BEGIN; SELECT 1; ROLLBACK", 18, "changes nothing"},
             {"BEGIN; COMMIT AND CHAIN", 8, "write COMMIT"},
             {"BEGIN ISOLATION LEVEL SERIALIZABLE; COMMIT", 1, "REPEATABLE READ"},
             {"BEGIN; INSERT 1; CREATE TABLE t (id int); COMMIT", 18, "take it out of the block"},
             {"BEGIN; CREATE TABLE a (); CREATE TABLE b (); COMMIT", 8, "one change of the schema"},
             {"COPY t (a, b) FROM stdin;\n1\t'\n\\.\n", 1, "dsql load"},
             {"SELECT 1; COPY t TO STDOUT", 11, "dsql export"}}) {
        try {
            static_cast<void>(plan_steps(one.script));
            ADD_FAILURE() << one.script;
        } catch (const script_error& failed) {
            EXPECT_EQ(failed.position().column, one.column) << one.script;
            EXPECT_NE(std::string_view(failed.what()).find(one.words), std::string_view::npos)
                << failed.what();
        }
    }
}

TEST(ScriptPlan, OnlyStatementsCountForTheDigest) {
    const auto digest = [](std::string_view script) {
        return plan_steps(script).at(0).digest();
    };
    EXPECT_EQ(digest("SELECT 1,\n 2"), digest("-- a comment\n\n  SELECT 1,\r\n 2 ;\n-- another"));
    EXPECT_NE(digest("SELECT 1"), digest("SELECT  1"));
    EXPECT_NE(digest("BEGIN; SELECT 1; SELECT 2; COMMIT"), digest("SELECT 1; SELECT 2"));
    // printf 'SELECT 1;\n' | sha256sum
    EXPECT_EQ(digest("SELECT 1"),
              "b4e0497804e46e0a0b0b8c31975b062152d551bac49c3c2e80932567b4085dcd");
}

struct applied_case {
    std::string_view statement;
    std::string_view sqlstate;
    bool is_applied;
};

TEST(ScriptPlan, KnowsWhichErrorsMeanThatDdlWasApplied) {
    for (const applied_case& one :
         std::vector<applied_case>{{"CREATE TABLE t (id int)", "42P07", true},
                                   {"CREATE TABLE t (id nosuch)", "42704", false},
                                   {"CREATE SCHEMA s", "42P06", true},
                                   {"CREATE ROLE r", "42710", true},
                                   {"ALTER TABLE t ADD COLUMN c int", "42701", true},
                                   {"ALTER TABLE t ADD COLUMN c int", "42P01", false},
                                   {"ALTER TABLE t DROP COLUMN c", "42703", true},
                                   {"ALTER TABLE t DROP COLUMN c", "42P01", false},
                                   {"ALTER TABLE t RENAME TO u", "42P01", true},
                                   {"ALTER TABLE t RENAME TO u", "42P07", false},
                                   {"DROP TABLE t", "42P01", true},
                                   {"DROP TABLE t", "2BP01", false},
                                   {"GRANT SELECT ON t TO r", "42P01", false}}) {
        EXPECT_EQ(is_applied_before(split_script(one.statement).at(0), one.sqlstate),
                  one.is_applied)
            << one.statement << ' ' << one.sqlstate;
    }
}

}  // namespace script_plan_test
