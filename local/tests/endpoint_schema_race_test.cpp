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
#include <utility>
#include <vector>

namespace endpoint_schema_race_test {

using namespace dsql_local_test;

const std::string table_if_not_exists = "CREATE TABLE IF NOT EXISTS raced (id int PRIMARY KEY)";

// Statements with the errors that each may get besides a conflict: what it needs is not there yet,
// or what it creates is there already.
const std::vector<std::pair<std::string, std::set<std::string>>> statements{
    {table_if_not_exists, {}},
    {"CREATE TABLE raced (id int PRIMARY KEY, name text)", {"42P07"}},
    {"DROP TABLE IF EXISTS raced", {}},
    {"ALTER TABLE raced ADD COLUMN more int", {"42P01", "42701"}},
    {"ALTER TABLE raced RENAME COLUMN more TO less", {"42P01", "42703", "42701"}},
    {"ALTER TABLE raced RENAME TO renamed", {"42P01", "42P07"}},
    {"DROP TABLE renamed", {"42P01"}},
    {"CREATE OR REPLACE VIEW raced_view AS SELECT 1 AS one", {}},
    {"DROP VIEW raced_view", {"42P01"}},
    {"CREATE SCHEMA raced_schema", {"42P06"}},
    {"CREATE SCHEMA IF NOT EXISTS raced_schema", {}},
    {"CREATE TABLE raced_schema.inner_table (id int)", {"3F000", "42P07"}},
    {"DROP SCHEMA raced_schema CASCADE", {"3F000"}},
    {"CREATE SEQUENCE raced_sequence CACHE 65536", {"42P07"}},
    {"DROP SEQUENCE raced_sequence", {"42P01"}},
    {"CREATE ROLE raced_role WITH LOGIN", {"42710"}},
    {"DROP ROLE raced_role", {"42704", "2BP01"}},
    {"GRANT SELECT ON raced TO raced_role", {"42P01", "42704"}},
    {"REVOKE SELECT ON raced FROM raced_role", {"42P01", "42704"}},
    {"AWS IAM GRANT raced_role TO 'arn:aws:iam::123456789012:role/someone'", {"42704", "42710"}},
    {"AWS IAM REVOKE raced_role FROM 'arn:aws:iam::123456789012:role/someone'", {"42704"}},
    {"CREATE INDEX ASYNC IF NOT EXISTS raced_index ON raced (id)", {"42P01"}},
    {"DROP INDEX raced_index", {"42704"}},
    {"CREATE FUNCTION raced_function() RETURNS int LANGUAGE SQL AS 'SELECT 1'", {"42723"}},
    {"CREATE OR REPLACE FUNCTION raced_function() RETURNS int LANGUAGE SQL AS 'SELECT 2'", {}},
    {"DROP FUNCTION raced_function", {"42883"}},
    {"CREATE DOMAIN raced_domain AS int", {"42710"}},
    {"DROP DOMAIN raced_domain", {"42704"}},
};

class endpoint_schema_race : public testing::Test {
protected:
    endpoint_schema_race() {
        dsql_session(served_).must("CREATE TABLE quiet (id int)");
        for (int i = 0; i < 6; ++i) {
            sessions_.push_back(std::make_unique<dsql_session>(served_));
        }
    }

    static void expect_usual(const query_result& result, const std::string& statement,
                             const std::set<std::string>& usual = {}) {
        const bool is_conflict =
            result.sqlstate == "40001" && result.text().find("(OC00") != std::string::npos;
        EXPECT_TRUE(result.sqlstate.empty() || is_conflict || usual.contains(result.sqlstate))
            << statement << '\n'
            << result.sqlstate << ' ' << result.text();
    }

    const endpoint_process served_{};
    std::vector<std::unique_ptr<dsql_session>> sessions_{};
    std::mt19937_64 random_{random_seed()};
};

TEST_F(endpoint_schema_race, each_error_is_dsqls) {
    for (int round = 0; round < 300; ++round) {
        const bool is_block = round % 3 == 0;
        // All of them the same, or each another one.
        std::vector<std::size_t> chosen(sessions_.size(), random_() % statements.size());
        for (std::size_t& each : chosen) {
            each = round % 2 == 0 ? chosen.front() : random_() % statements.size();
        }
        for (const auto& session : sessions_) {
            session->query("SELECT id FROM quiet");  // takes the OC001 of the round before
        }
        for (std::size_t i = 0; i < sessions_.size(); ++i) {
            const std::string statement = query_message(statements[chosen[i]].first);
            sessions_[i]->client().send(is_block ? query_message("BEGIN") + statement +
                                                       query_message("COMMIT")
                                                 : statement);
        }
        for (std::size_t i = 0; i < sessions_.size(); ++i) {
            const auto& [statement, usual] = statements[chosen[i]];
            if (is_block) {
                EXPECT_EQ(sessions_[i]->receive().sqlstate, "");
                expect_usual(sessions_[i]->receive(), "BEGIN; " + statement, usual);
            }
            const query_result last = sessions_[i]->receive();
            expect_usual(last, is_block ? "COMMIT of " + statement : statement,
                         is_block ? std::set<std::string>{} : usual);
            EXPECT_EQ(last.status, 'I');
        }
    }
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
