// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"
#include "system/temporary_directory.hpp"
#include "wire/wire_format.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

namespace endpoint_limit_test {

using namespace dsql_local_test;

std::string insert_rows(int count) {
    return "INSERT INTO counted SELECT generate_series(1, " + std::to_string(count) + ")";
}

class endpoint_limit : public testing::Test {
protected:
    static void SetUpTestSuite() {
        served_ = std::make_unique<endpoint_process>();
        dsql_session session(*served_);
        session.must("CREATE TABLE counted (id int)");
    }
    static void TearDownTestSuite() { served_.reset(); }

    void SetUp() override {
        // More rows than the limit may be there, but not go at once.
        while (session_.must("SELECT count(*) FROM counted") != "0") {
            session_.must(
                "DELETE FROM counted WHERE ctid IN (SELECT ctid FROM counted LIMIT 3000)");
        }
    }

    void expect_refused(const answer& refused, char status) {
        EXPECT_EQ(refused.sqlstate, "54000");
        EXPECT_EQ(refused.text(), "transaction row limit exceeded");
        EXPECT_EQ(refused.error.field('W'), "");
        EXPECT_EQ(refused.error.field('R'), "");
        EXPECT_EQ(refused.status, status);
    }

    answer copy(int count) {
        std::string data;
        for (int i = 0; i < count; ++i) {
            data += dsql_local::encode_message('d', std::to_string(i) + "\n");
        }
        session_.client().send(query_message("COPY counted FROM STDIN"));
        EXPECT_EQ(session_.client().receive_message().type, 'G');
        session_.client().send(data + dsql_local::encode_message('c', ""));
        return session_.receive();
    }

    static std::unique_ptr<endpoint_process> served_;
    dsql_session session_{*served_};
};

std::unique_ptr<endpoint_process> endpoint_limit::served_;

TEST_F(endpoint_limit, a_statement_may_change_3000_rows) {
    EXPECT_EQ(session_.query(insert_rows(3000)).tags, "INSERT 0 3000");
    expect_refused(session_.query(insert_rows(3001)), 'I');
    expect_refused(session_.execute(insert_rows(3001)), 'I');
    EXPECT_EQ(session_.query("UPDATE counted SET id = 0").tags, "UPDATE 3000");
    EXPECT_EQ(session_.query("DELETE FROM counted").tags, "DELETE 3000");
}

TEST_F(endpoint_limit, a_block_may_change_3000_rows) {
    session_.must("BEGIN");
    session_.must(insert_rows(1500));
    session_.must("UPDATE counted SET id = 0 WHERE id <= 1000");
    session_.must("DELETE FROM counted WHERE id > 1000");
    session_.must("COMMIT");
    EXPECT_EQ(session_.must("SELECT count(*) FROM counted"), "1000");
    session_.must("BEGIN");
    session_.must("DELETE FROM counted");
    session_.must(insert_rows(2000));
    expect_refused(session_.query("DELETE FROM counted WHERE id = 1"), 'E');
    EXPECT_EQ(session_.query("COMMIT").tags, "ROLLBACK");
    EXPECT_EQ(session_.must("SELECT count(*) FROM counted"), "1000");
}

TEST_F(endpoint_limit, a_copy_may_bring_3000_rows) {
    EXPECT_EQ(copy(3000).tags, "COPY 3000");
    expect_refused(copy(3001), 'I');
    EXPECT_EQ(session_.must("SELECT count(*) FROM counted"), "3000");
}

TEST_F(endpoint_limit, all_kinds_of_tables_are_counted) {
    session_.must("CREATE TEMP TABLE mine (id int)");
    session_.must("CREATE TABLE parted (id int) PARTITION BY RANGE (id)");
    session_.must("CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10000)");
    session_.must("CREATE TABLE child () INHERITS (counted)");
    session_.must("CREATE TABLE copied AS SELECT 1 AS id");
    session_.must("SELECT 1 AS id INTO selected");
    session_.must("CREATE SCHEMA other CREATE TABLE named (id int)");
    session_.must("ALTER TABLE copied ADD COLUMN more int");
    for (const char* table :
         {"mine", "parted", "part", "child", "copied", "selected", "other.named"}) {
        expect_refused(session_.query(std::string("INSERT INTO ") + table +
                                      " SELECT generate_series(1, 3001)"),
                       'I');
    }
    session_.must("DROP TABLE mine, parted, child, copied, selected");
    session_.must("DROP SCHEMA other CASCADE");
}

TEST_F(endpoint_limit, other_roles_are_counted) {
    session_.must("CREATE ROLE app LOGIN");
    session_.must("CREATE SCHEMA app AUTHORIZATION app");
    session_.must("SET ROLE app");
    session_.must("CREATE TABLE app.own (id int)");
    EXPECT_EQ(session_.query("INSERT INTO app.own SELECT generate_series(1, 3000)").tags,
              "INSERT 0 3000");
    expect_refused(session_.query("INSERT INTO app.own SELECT generate_series(1, 3001)"), 'I');
}

TEST(endpoint_limits, the_row_limit_can_be_another_or_none) {
    const endpoint_process few({"--transaction-row-limit", "2"});
    dsql_session limited(few);
    limited.must("CREATE TABLE counted (id int)");
    EXPECT_EQ(limited.query(insert_rows(2)).sqlstate, "");
    EXPECT_EQ(limited.query(insert_rows(3)).sqlstate, "54000");

    const endpoint_process none({"--transaction-row-limit", "0"});
    dsql_session unlimited(none);
    unlimited.must("CREATE TABLE counted (id int)");
    EXPECT_EQ(unlimited.query(insert_rows(10'000)).sqlstate, "");
    EXPECT_EQ(unlimited.must("SELECT count(*) FROM pg_trigger"), "0");
}

TEST(endpoint_limits, a_directory_without_the_schema_gets_it) {
    const dsql_local::temporary_directory parent("/tmp");
    chmod(parent.path().c_str(), 0755);
    const std::string directory = (parent.path() / "kept").string();
    {
        const endpoint_process served({"--data-directory", directory});
        dsql_session session(served);
        session.must("DROP SCHEMA dsql_local, sys CASCADE");
        session.must("CREATE TABLE uncounted (id int)");
    }
    ASSERT_EQ(unlink((directory + "/data/dsql-local.schema").c_str()), 0);
    const endpoint_process again({"--data-directory", directory});
    dsql_session session(again);
    session.must("CREATE TABLE counted (id int)");
    EXPECT_EQ(session.query(insert_rows(3001)).sqlstate, "54000");
    EXPECT_EQ(session.must("SELECT count(*) FROM sys.jobs"), "0");
}

class endpoint_age : public testing::Test {
protected:
    static void SetUpTestSuite() {
        served_ = std::make_unique<endpoint_process>(
            std::vector<std::string>{"--transaction-time-limit", "0.5"});
        dsql_session session(*served_);
        session.must("CREATE TABLE written (id int)");
    }
    static void TearDownTestSuite() { served_.reset(); }

    static void expect_too_old(const answer& refused, char status) {
        EXPECT_EQ(refused.sqlstate, "54000");
        EXPECT_EQ(refused.text(), "transaction age limit of 0.5s exceeded");
        const std::string detail = refused.error.field('D');
        EXPECT_EQ(detail.find("Current transaction age "), 0U) << detail;
        EXPECT_NE(detail.find("s exceeds 0.5s"), std::string::npos) << detail;
        EXPECT_EQ(refused.status, status);
    }

    // The wait is PostgreSQL's: at least so long has passed when it answers.
    void grow_old() {
        session_.must("BEGIN");
        session_.must("INSERT INTO written VALUES (1)");
        session_.must("SELECT pg_sleep(0.6)");
    }

    static std::unique_ptr<endpoint_process> served_;
    dsql_session session_{*served_};
};

std::unique_ptr<endpoint_process> endpoint_age::served_;

TEST_F(endpoint_age, a_statement_on_storage_ends_an_old_transaction) {
    for (const bool extended : {false, true}) {
        grow_old();
        EXPECT_EQ(session_.must("SELECT 1"), "1");
        const std::string sql = "SELECT count(*) FROM written";
        expect_too_old(extended ? session_.execute(sql) : session_.query(sql), 'E');
        EXPECT_EQ(session_.query("COMMIT").tags, "ROLLBACK");
    }
}

TEST_F(endpoint_age, the_commit_of_an_old_transaction_fails) {
    for (const bool extended : {false, true}) {
        grow_old();
        expect_too_old(extended ? session_.execute("COMMIT") : session_.query("COMMIT"), 'I');
        EXPECT_EQ(session_.must("SELECT count(*) FROM written"), "0");
    }
}

TEST_F(endpoint_age, a_young_transaction_commits) {
    session_.must("SELECT pg_sleep(0.6)");
    session_.must("BEGIN");
    session_.must("SELECT count(*) FROM written");
    session_.must("COMMIT");
}

TEST(endpoint_limits, a_session_ends_at_its_time_limit) {
    const endpoint_process served({"--session-time-limit", "0.5"});
    dsql_session session(served);
    session.must("SELECT 1");
    EXPECT_EQ(session.client().receive(1), "");
    EXPECT_FALSE(session.client().timed_out());
    EXPECT_FALSE(session.client().ended_cleanly());

    dsql_session busy(served);
    EXPECT_TRUE(busy.query("SELECT pg_sleep(30)").ended());
}

TEST(endpoint_limits, wrong_limits_are_usage_errors) {
    for (const char* option : {"--transaction-row-limit", "--transaction-time-limit",
                               "--session-time-limit", "--job-time"}) {
        for (const char* value : {"-1", "many", ""}) {
            program wrong({"serve", option, value});
            EXPECT_EQ(wrong.wait(), 2) << option << " " << value;
        }
    }
}

}  // namespace endpoint_limit_test
