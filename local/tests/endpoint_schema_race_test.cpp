// SPDX-License-Identifier: Apache-2.0
// Sessions that change the schema at the same time get DSQL's conflict, not what PostgreSQL says
// about rows of its catalogs.
#include "dsql_session.hpp"
#include "support/endpoint_process.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace endpoint_schema_race_test {

using namespace dsql_local_test;

const std::string table_if_not_exists = "CREATE TABLE IF NOT EXISTS raced (id int PRIMARY KEY)";

const std::vector<std::string> statements{
    table_if_not_exists,
    "CREATE TABLE raced (id int PRIMARY KEY, name text)",
    "DROP TABLE IF EXISTS raced",
    "ALTER TABLE raced ADD COLUMN more int",
    "ALTER TABLE raced RENAME COLUMN more TO less",
    "ALTER TABLE raced RENAME TO renamed",
    "DROP TABLE renamed",
    "CREATE OR REPLACE VIEW raced_view AS SELECT 1 AS one",
    "DROP VIEW raced_view",
    "CREATE SCHEMA raced_schema",
    "CREATE TABLE raced_schema.inner_table (id int)",
    "DROP SCHEMA raced_schema CASCADE",
    "CREATE SEQUENCE raced_sequence CACHE 65536",
    "DROP SEQUENCE raced_sequence",
    "CREATE ROLE raced_role WITH LOGIN",
    "DROP ROLE raced_role",
    "GRANT SELECT ON raced TO raced_role",
    "REVOKE SELECT ON raced FROM raced_role",
    "AWS IAM GRANT raced_role TO 'arn:aws:iam::123456789012:role/someone'",
    "AWS IAM REVOKE raced_role FROM 'arn:aws:iam::123456789012:role/someone'",
    "CREATE INDEX ASYNC IF NOT EXISTS raced_index ON raced (id)",
    "DROP INDEX raced_index",
    "CREATE FUNCTION raced_function() RETURNS int LANGUAGE SQL AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION raced_function() RETURNS int LANGUAGE SQL AS 'SELECT 2'",
    "DROP FUNCTION raced_function",
    "CREATE DOMAIN raced_domain AS int",
    "DROP DOMAIN raced_domain",
};

// What one of them may be answered when another was there first, or has made what is in the way.
const std::set<std::string> usual_errors{"42P07", "42P01", "42710", "42701", "42703", "42704",
                                         "42P06", "3F000", "2BP01", "42883", "42723", "0A000"};

class endpoint_schema_race : public testing::Test {
protected:
    endpoint_schema_race() {
        for (int i = 0; i < 6; ++i) {
            sessions_.push_back(std::make_unique<dsql_session>(served_));
        }
    }

    // All of them the same, or each another one.
    std::vector<std::string> choose(bool are_same) {
        std::vector<std::string> chosen(sessions_.size(), any_statement());
        for (std::string& each : chosen) {
            each = are_same ? chosen.front() : any_statement();
        }
        return chosen;
    }
    std::string any_statement() { return statements[random_() % statements.size()]; }

    void expect_usual(const query_result& result, const std::string& statement) {
        const bool is_conflict =
            result.sqlstate == "40001" && result.text().find("(OC00") != std::string::npos;
        conflicts_ += is_conflict ? 1 : 0;
        if (statement == table_if_not_exists) {
            EXPECT_TRUE(result.sqlstate.empty() || is_conflict) << result.text();
        }
        EXPECT_TRUE(result.sqlstate.empty() || is_conflict ||
                    usual_errors.contains(result.sqlstate))
            << statement << '\n'
            << result.sqlstate << ' ' << result.text();
    }

    const endpoint_process served_{};
    std::vector<std::unique_ptr<dsql_session>> sessions_{};
    std::mt19937_64 random_{random_seed()};
    int conflicts_ = 0;
};

TEST_F(endpoint_schema_race, each_error_is_dsqls) {
    for (int round = 0; round < 300; ++round) {
        const bool is_block = round % 3 == 0;
        const std::vector<std::string> chosen = choose(round % 2 == 0);
        for (std::size_t i = 0; i < sessions_.size(); ++i) {
            const std::string statement = query_message(chosen[i]);
            sessions_[i]->client().send(is_block ? query_message("BEGIN") + statement +
                                                       query_message("COMMIT")
                                                 : statement);
        }
        for (std::size_t i = 0; i < sessions_.size(); ++i) {
            if (is_block) {
                EXPECT_EQ(sessions_[i]->receive().sqlstate, "");
                expect_usual(sessions_[i]->receive(), "BEGIN; " + chosen[i]);
            }
            const query_result last = sessions_[i]->receive();
            expect_usual(last, chosen[i]);
            EXPECT_EQ(last.status, 'I');
        }
    }
    EXPECT_GT(conflicts_, 0);
}

// In new sessions, which have not cached yet that there is no such table.
TEST_F(endpoint_schema_race, a_table_that_another_makes_at_the_same_time_is_no_error) {
    for (int round = 0; round < 40; ++round) {
        dsql_session(served_).must("DROP TABLE IF EXISTS raced");
        std::vector<std::unique_ptr<dsql_session>> fresh;
        for (std::size_t i = 0; i < sessions_.size(); ++i) {
            fresh.push_back(std::make_unique<dsql_session>(served_));
        }
        for (const auto& session : fresh) {
            session->client().send(query_message("BEGIN") + query_message(table_if_not_exists) +
                                   query_message("COMMIT"));
            std::this_thread::sleep_for(std::chrono::microseconds(random_() % 2'000));
        }
        for (const auto& session : fresh) {
            EXPECT_EQ(session->receive().sqlstate, "");
            expect_usual(session->receive(), table_if_not_exists);
            expect_usual(session->receive(), "COMMIT");
        }
    }
}

// The same error without another session is right.
TEST_F(endpoint_schema_race, a_type_of_the_same_name_is_an_error) {
    sessions_[0]->must("CREATE DOMAIN taken AS int");
    EXPECT_EQ(sessions_[0]->query("CREATE TABLE IF NOT EXISTS taken (id int)").sqlstate, "42710");
}

}  // namespace endpoint_schema_race_test
