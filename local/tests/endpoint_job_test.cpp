// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"
#include "system/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstddef>
#include <memory>
#include <string>

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

// The constraint needs the index, so it tells whether the index is valid.
TEST_F(endpoint_job, an_index_is_not_valid_before_its_job_is_done) {
    const endpoint_process slow({"--job-time", "100"});
    dsql_session session(slow);
    session.must("CREATE TABLE book (id bigint)");
    session.must("CREATE UNIQUE INDEX ASYNC book_uq ON book (id)");
    const query_result refused =
        session.query("ALTER TABLE book ADD CONSTRAINT book_uq UNIQUE USING INDEX book_uq");
    EXPECT_EQ(refused.sqlstate, "55000");
    EXPECT_EQ(refused.text(), "index \"book_uq\" is not valid");
    session.must("INSERT INTO book VALUES (1)");
    EXPECT_EQ(session.must("SELECT status FROM sys.jobs"), "submitted");

    const std::string id = session_.must("CREATE UNIQUE INDEX ASYNC book_uq ON book (id)");
    EXPECT_EQ(wait(id), "t");
    session_.must("ALTER TABLE book ADD CONSTRAINT book_uq UNIQUE USING INDEX book_uq");
    EXPECT_EQ(session_.query("INSERT INTO book VALUES (1, 'b')").sqlstate, "23505");
}

TEST_F(endpoint_job, a_job_that_fails_leaves_an_invalid_index) {
    const std::string id = session_.must("CREATE UNIQUE INDEX ASYNC one_title ON book (title)");
    EXPECT_EQ(wait(id), "f");
    EXPECT_EQ(job("details", id), "could not create unique index \"one_title\"");
    EXPECT_EQ(session_.must("SELECT concat(indisunique, indisvalid) FROM pg_index "
                            "WHERE indexrelid = 'one_title'::regclass"),
              "tf");
    EXPECT_EQ(
        session_.query("ALTER TABLE book ADD CONSTRAINT c UNIQUE USING INDEX one_title").sqlstate,
        "55000");
    session_.must("INSERT INTO book VALUES (3, 'a')");
    const std::string again =
        session_.must("CREATE UNIQUE INDEX ASYNC IF NOT EXISTS one_title ON book (title)");
    EXPECT_EQ(wait(again), "t") << "IF NOT EXISTS takes what is there";
    session_.must("DROP INDEX one_title");
    session_.must("DELETE FROM book WHERE id > 1");
    EXPECT_EQ(wait(session_.must("CREATE UNIQUE INDEX ASYNC one_title ON book (title)")), "t");
    EXPECT_EQ(session_.query("INSERT INTO book VALUES (4, 'a')").sqlstate, "23505");
}

// All forms of the recorded cases.
TEST_F(endpoint_job, every_form_of_an_index_is_built) {
    int number = 0;
    for (const char* form :
         {"INDEX ASYNC IF NOT EXISTS $ ON book (title)",
          "INDEX ASYNC $ ON book (title) WHERE title IS NOT NULL",
          "UNIQUE INDEX ASYNC $ ON book (id) WHERE title <> ''",
          "INDEX ASYNC $ ON book ((lower(title)))", "INDEX ASYNC $ ON book (title) INCLUDE (id)",
          "UNIQUE INDEX ASYNC $ ON book (id) NULLS NOT DISTINCT",
          "UNIQUE INDEX ASYNC $ ON book (id, title) INCLUDE (title)", "INDEX ASYNC ON book (title)",
          "UNIQUE INDEX ASYNC ON book (id)",
          "UNIQUE INDEX ASYNC $ ON public.book ((id + 1), title)"}) {
        const std::string name = "\"Index ON " + std::to_string(++number) + "\"";
        std::string sql = std::string("CREATE ") + form;
        if (const std::size_t at = sql.find('$'); at != std::string::npos) {
            sql.replace(at, 1, name);
        }
        const query_result made = number % 2 == 0 ? session_.query(sql) : session_.execute(sql);
        expect_job(made);
        EXPECT_EQ(wait(made.value), "t") << sql;
        EXPECT_EQ(job("status", made.value), "completed") << sql;
    }
    EXPECT_EQ(session_.must("SELECT count(*) FROM pg_index WHERE indrelid = 'book'::regclass AND "
                            "indisvalid AND indisready AND indislive"),
              std::to_string(number));
    EXPECT_EQ(session_.must("SELECT count(*) FROM pg_index WHERE indrelid = 'book'::regclass AND "
                            "indisunique"),
              "5");
    EXPECT_EQ(session_.query("CREATE INDEX ASYNC public.qualified ON book (title)").sqlstate,
              "42601");
}

TEST_F(endpoint_job, open_transactions_do_not_keep_a_job_from_its_end) {
    dsql_session reader(*served_);
    reader.must("BEGIN");
    reader.must("SELECT count(*) FROM book");
    for (const char* sql :
         {"CREATE INDEX ASYNC ON book (title)", "CREATE UNIQUE INDEX ASYNC ON book (id)"}) {
        EXPECT_EQ(wait(session_.must(sql)), "t");
    }
}

TEST_F(endpoint_job, a_unique_index_waits_for_transactions_that_have_written) {
    const std::string id = session_.must("CREATE UNIQUE INDEX ASYNC ON book (id)");
    dsql_session writer(*served_);
    writer.query("SELECT count(*) FROM book");  // takes the OC001 of the index
    writer.must("BEGIN");
    writer.must("INSERT INTO book VALUES (7, 'b')");
    writer.must("INSERT INTO book VALUES (7, 'c')");
    writer.must("SELECT pg_sleep(0.4)");
    EXPECT_EQ(job("status", id), "processing");
    writer.must("COMMIT");
    EXPECT_EQ(wait(id), "f") << "two rows have the same id";
}

TEST_F(endpoint_job, an_index_that_is_dropped_fails_its_job) {
    const std::string id = session_.must("CREATE INDEX ASYNC dropped ON book (id)");
    session_.must("DROP INDEX dropped");
    EXPECT_EQ(wait(id), "f");
    EXPECT_EQ(job("status", id), "failed");
}

TEST_F(endpoint_job, a_statement_that_is_rolled_back_has_no_job) {
    session_.must("BEGIN");
    const std::string id = session_.must("CREATE INDEX ASYNC back ON book (id)");
    session_.must("ROLLBACK");
    EXPECT_EQ(session_.query("CALL sys.wait_for_job('" + id + "')").sqlstate, "22023");
    session_.must("BEGIN");
    const std::string kept = session_.must("CREATE INDEX ASYNC back ON book (id)");
    session_.must("COMMIT");
    EXPECT_EQ(wait(kept), "t");
}

TEST_F(endpoint_job, only_the_owner_makes_indexes) {
    session_.must("CREATE ROLE stranger LOGIN");
    session_.must("GRANT stranger TO admin");
    session_.must("GRANT SELECT ON book TO stranger");
    session_.must("SET ROLE stranger");
    EXPECT_EQ(session_.query("CREATE INDEX ASYNC ON book (id)").sqlstate, "42501");
    EXPECT_EQ(session_.query("ALTER TABLE ASYNC book VALIDATE CONSTRAINT c").sqlstate, "42501");
}

TEST(endpoint_jobs, are_finished_after_a_restart) {
    const dsql_local::temporary_directory parent("/tmp");
    chmod(parent.path().c_str(), 0755);
    const std::string directory = (parent.path() / "kept").string();
    std::string id;
    {
        const endpoint_process served({"--data-directory", directory, "--job-time", "2"});
        dsql_session session(served);
        session.must("CREATE TABLE book (id int)");
        id = session.must("CREATE UNIQUE INDEX ASYNC ON book (id)");
    }
    const endpoint_process again({"--data-directory", directory});
    dsql_session session(again);
    EXPECT_EQ(session.must("CALL sys.wait_for_job('" + id + "')"), "t");
    EXPECT_EQ(session.must(
                  "SELECT count(*) FROM pg_index WHERE indrelid = 'book'::regclass AND indisvalid"),
              "1");
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

TEST_F(endpoint_job, a_check_is_validated_by_a_job) {
    session_.must("ALTER TABLE book ADD CONSTRAINT positive CHECK (id > 1) NOT VALID");
    const auto is_valid = [this] {
        return session_.must("SELECT convalidated FROM pg_constraint WHERE conname = 'positive'");
    };
    for (const bool is_good : {false, true}) {
        const std::string id = session_.must("ALTER TABLE ASYNC book VALIDATE CONSTRAINT positive");
        EXPECT_EQ(is_valid(), "f") << "before the job";
        EXPECT_EQ(wait(id), is_good ? "t" : "f");
        EXPECT_EQ(is_valid(), is_good ? "t" : "f");
        session_.must("DELETE FROM book WHERE id < 2");
    }
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
