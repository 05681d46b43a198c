// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace endpoint_job_test {

using namespace dsql_local_test;

class endpoint_job : public testing::Test {
protected:
    static void SetUpTestSuite() { served_ = std::make_unique<endpoint_process>(); }
    static void TearDownTestSuite() { served_.reset(); }

    void SetUp() override {
        session_.must("DROP TABLE IF EXISTS book CASCADE");
        session_.must("CREATE TABLE book (id int, title text)");
        session_.must("INSERT INTO book VALUES (1, 'a'), (2, 'a')");
    }

    static void expect_job(const query_result& made) {
        EXPECT_EQ(made.sqlstate, "") << made.text();
        EXPECT_EQ(made.column, "job_id");
        EXPECT_EQ(made.tags, "CREATE INDEX");
        EXPECT_EQ(made.value.size(), 26U);
        EXPECT_EQ(made.value.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"),
                  std::string::npos);
    }

    std::string job(const std::string& column, const std::string& id) {
        return session_.must("SELECT " + column + " FROM sys.jobs WHERE job_id = '" + id + "'");
    }

    std::string wait(const std::string& id) {
        return session_.must("CALL sys.wait_for_job('" + id + "')");
    }

    static std::unique_ptr<endpoint_process> served_;
    dsql_session session_{*served_};
};

std::unique_ptr<endpoint_process> endpoint_job::served_;

TEST_F(endpoint_job, an_index_is_built_by_both_protocols) {
    const query_result simple =
        session_.query("CREATE INDEX ASYNC book_title ON book (title) /* ' */ WHERE title <> 'q'");
    expect_job(simple);
    const query_result extended =
        session_.execute("create index async if not exists book_id on book(id)");
    expect_job(extended);
    EXPECT_NE(simple.value, extended.value);
    for (const std::string& id : {simple.value, extended.value}) {
        EXPECT_EQ(wait(id), "t");
        EXPECT_EQ(job("status", id), "completed");
        EXPECT_EQ(job("job_type", id), "INDEX_BUILD");
    }
    EXPECT_EQ(job("object_name", simple.value), "public.book_title");
    EXPECT_EQ(job("object_id = 'book_title'::regclass", simple.value), "t");
    EXPECT_EQ(session_.must("SELECT count(*) FROM pg_indexes WHERE tablename = 'book'"), "2");
}

TEST_F(endpoint_job, a_job_takes_its_time) {
    const endpoint_process slow({"--job-time", "100"});
    dsql_session session(slow);
    session.must("CREATE TABLE book (id int)");
    const std::string id = session.must("CREATE INDEX ASYNC ON book (id)");
    EXPECT_EQ(session.must("SELECT status FROM sys.jobs WHERE job_id = '" + id + "'"), "submitted");
    EXPECT_EQ(session.must("SELECT details IS NULL FROM sys.jobs"), "t");
}

TEST_F(endpoint_job, rows_that_are_not_unique_fail_the_job_and_not_the_statement) {
    const query_result made = session_.query("CREATE UNIQUE INDEX ASYNC one_title ON book (title)");
    expect_job(made);
    EXPECT_EQ(wait(made.value), "f");
    EXPECT_EQ(job("status", made.value), "failed");
    EXPECT_NE(job("details", made.value), "");
}

TEST_F(endpoint_job, other_errors_fail_the_statement) {
    for (const bool extended : {false, true}) {
        const std::string sql = "CREATE INDEX ASYNC ON nowhere (id)";
        const query_result refused = extended ? session_.execute(sql) : session_.query(sql);
        EXPECT_EQ(refused.sqlstate, "42P01");
        EXPECT_EQ(refused.text(), "relation \"nowhere\" does not exist");
        EXPECT_EQ(refused.error.field('W'), "");
        EXPECT_EQ(refused.error.field('q'), "");
    }
    EXPECT_EQ(session_.query("CREATE INDEX ASYNC").sqlstate.substr(0, 2), "42");
}

TEST_F(endpoint_job, a_foreign_key_is_validated_by_a_job) {
    session_.must("CREATE TABLE shelf (id int PRIMARY KEY)");
    session_.must("INSERT INTO shelf VALUES (1)");
    EXPECT_EQ(session_.query("ALTER TABLE book ADD FOREIGN KEY (id) REFERENCES shelf").text(),
              "unsupported ALTER TABLE ADD CONSTRAINT statement");
    session_.must(
        "ALTER TABLE book ADD CONSTRAINT of_shelf FOREIGN KEY (id) REFERENCES shelf NOT "
        "VALID");
    EXPECT_EQ(session_.query("ALTER TABLE book VALIDATE CONSTRAINT of_shelf").text(),
              "unsupported ALTER TABLE VALIDATE CONSTRAINT statement");
    for (const bool is_good : {false, true}) {
        const std::string sql = "ALTER TABLE ASYNC book VALIDATE CONSTRAINT of_shelf";
        const query_result made = is_good ? session_.execute(sql) : session_.query(sql);
        EXPECT_EQ(made.tags, "ALTER TABLE") << made.text();
        EXPECT_EQ(made.column, "job_id");
        EXPECT_EQ(wait(made.value), is_good ? "t" : "f");
        EXPECT_EQ(job("job_type", made.value), "VALIDATE");
        EXPECT_EQ(job("status", made.value), is_good ? "completed" : "failed");
        EXPECT_EQ(job("object_name", made.value), "public.book");
        EXPECT_EQ(
            session_.must("SELECT convalidated FROM pg_constraint WHERE conname = 'of_shelf'"),
            is_good ? "t" : "f");
        session_.must("INSERT INTO shelf VALUES (2) ON CONFLICT DO NOTHING");
    }
    EXPECT_EQ(session_.query("ALTER TABLE ASYNC book VALIDATE CONSTRAINT nothing").sqlstate,
              "42704");
    session_.must("DROP TABLE shelf CASCADE");
}

TEST_F(endpoint_job, an_index_is_ddl_to_others) {
    dsql_session other(*served_);
    session_.must("CREATE INDEX ASYNC ON book (id)");
    EXPECT_EQ(other.query("SELECT id FROM book").sqlstate, "40001");
    EXPECT_EQ(session_.query("SELECT id FROM book").sqlstate, "");
}

TEST_F(endpoint_job, jobs_that_are_none_are_errors) {
    EXPECT_EQ(session_.query("CALL sys.wait_for_job('no-such-job')").sqlstate, "22P02");
    EXPECT_EQ(session_.query("CALL sys.wait_for_job('no-such-job')").text(),
              "Unable to convert text to UUID");
    EXPECT_EQ(session_.query("CALL sys.wait_for_job('abcdefghijklmnopqrstuvwxyz')").sqlstate,
              "22023");
    EXPECT_EQ(session_.query("SELECT sys.wait_for_job('abcdefghijklmnopqrstuvwxyz')").sqlstate,
              "42809");
}

TEST_F(endpoint_job, a_wait_does_not_run_in_a_block) {
    const std::string id = session_.must("CREATE INDEX ASYNC ON book (id)");
    session_.must("BEGIN");
    EXPECT_EQ(session_.query("CALL sys.wait_for_job('" + id + "')").sqlstate, "25001");
    session_.must("ROLLBACK");
    EXPECT_EQ(session_.execute("CALL sys.wait_for_job('" + id + "')").value, "t");
}

TEST_F(endpoint_job, other_roles_see_and_make_jobs) {
    session_.must("CREATE ROLE reader LOGIN");
    session_.must("GRANT reader TO admin");
    session_.must("CREATE SCHEMA reader AUTHORIZATION reader");
    session_.must("SET ROLE reader");
    session_.must("CREATE TABLE reader.own (id int)");
    const query_result made = session_.query("CREATE INDEX ASYNC ON reader.own (id)");
    expect_job(made);
    EXPECT_EQ(wait(made.value), "t");
    EXPECT_EQ(job("object_name", made.value), "reader.own_id_idx");
}

}  // namespace endpoint_job_test
