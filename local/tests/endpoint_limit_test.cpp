// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"
#include "postgres/database_limits.hpp"
#include "support/random_seed.hpp"
#include "system/files.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

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
        // The table may hold more rows than the limit, so delete them in several transactions.
        while (session_.must("SELECT count(*) FROM counted") != "0") {
            session_.must(
                "DELETE FROM counted WHERE ctid IN (SELECT ctid FROM counted LIMIT 3000)");
        }
    }

    void expect_refused(const query_result& refused, char status) {
        EXPECT_EQ(refused.sqlstate, "54000");
        EXPECT_EQ(refused.text(), "transaction row limit exceeded");
        EXPECT_EQ(refused.error.field('W'), "");
        EXPECT_EQ(refused.error.field('R'), "");
        EXPECT_EQ(refused.status, status);
    }

    query_result copy(int count) {
        std::string data;
        for (int i = 0; i < count; ++i) {
            data += wire::encode_message('d', std::to_string(i) + "\n");
        }
        session_.client().send(query_message("COPY counted FROM STDIN"));
        EXPECT_EQ(session_.client().receive_message().type, 'G');
        session_.client().send(data + wire::encode_message('c', ""));
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
    const endpoint_process served({"--dialect", "postgres"});
    dsql_session session(served);
    session.must("CREATE TABLE counted (id int)");
    session.must("CREATE TEMP TABLE mine (id int)");
    session.must("CREATE TABLE parted (id int) PARTITION BY RANGE (id)");
    session.must("CREATE TABLE part PARTITION OF parted FOR VALUES FROM (0) TO (10000)");
    session.must("CREATE TABLE child () INHERITS (counted)");
    session.must("CREATE TABLE copied AS SELECT 1 AS id");
    session.must("SELECT 1 AS id INTO selected");
    session.must("CREATE SCHEMA other CREATE TABLE named (id int)");
    session.must("ALTER TABLE copied ADD COLUMN more int");
    for (const char* table :
         {"mine", "parted", "part", "child", "copied", "selected", "other.named"}) {
        expect_refused(
            session.query(std::string("INSERT INTO ") + table + " SELECT generate_series(1, 3001)"),
            'I');
    }
    session.must("DROP TABLE mine, parted, child, copied, selected");
    session.must("DROP SCHEMA other CASCADE");
}

// Finds tables that do not have exactly the three triggers that count rows, marked as internal.
constexpr const char* miscounted_tables =
    "SELECT string_agg(relation.oid::regclass::text, ', ') FROM pg_class AS relation "
    "WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text NOT IN "
    "('pg_catalog', 'information_schema', 'sys') "
    "AND (SELECT concat(count(*), bool_and(tgisinternal)) FROM pg_trigger "
    "WHERE tgrelid = relation.oid AND tgname ~ '^dsql_local_') <> '3t'";

TEST_F(endpoint_limit, ddl_that_is_several_commands_makes_the_triggers_once) {
    const endpoint_process served({"--dialect", "postgres"});
    dsql_session session(served);
    session.must("CREATE SCHEMA ddl");
    session.must("SET search_path = ddl");
    session.must("CREATE TABLE pa (id int PRIMARY KEY, other int UNIQUE)");
    for (const char* ddl : {
             "CREATE TABLE ch (id int REFERENCES pa)",
             "CREATE TABLE ch (id int REFERENCES pa, other int REFERENCES pa (other))",
             "CREATE TABLE ch (id int, FOREIGN KEY (id) REFERENCES pa ON DELETE CASCADE)",
             "CREATE TABLE ch (id int PRIMARY KEY, up int REFERENCES ch)",
             "CREATE TABLE ch (id int PRIMARY KEY, n int UNIQUE, k int UNIQUE REFERENCES pa, "
             "CHECK (n > 0))",
             "CREATE TABLE IF NOT EXISTS ch (id int REFERENCES pa DEFERRABLE INITIALLY DEFERRED)",
             "CREATE TABLE ch (id bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 1) PRIMARY KEY "
             "REFERENCES pa)",
             "CREATE TABLE ch (id serial REFERENCES pa)",
             "CREATE TABLE ch (LIKE pa INCLUDING ALL)",
             "CREATE TABLE ch (LIKE pa INCLUDING ALL, up int REFERENCES pa)",
             "CREATE TABLE \"ch \"\"odd\"\"\" (id int REFERENCES pa)",
             "CREATE TABLE ch (up int REFERENCES pa) INHERITS (pa)",
             "CREATE TABLE ch AS TABLE pa",
             "SELECT * INTO ch FROM pa",
             "CREATE TEMP TABLE mother (id int PRIMARY KEY); "
             "CREATE TEMP TABLE ch (id int REFERENCES mother)",
             "CREATE TABLE ch (id int REFERENCES pa) PARTITION BY RANGE (id); "
             "CREATE TABLE part PARTITION OF ch FOR VALUES FROM (0) TO (9) PARTITION BY LIST (id); "
             "CREATE TABLE leaf PARTITION OF part DEFAULT; "
             "CREATE TABLE late (id int REFERENCES pa); "
             "ALTER TABLE ch ATTACH PARTITION late DEFAULT",
             "CREATE SCHEMA many CREATE TABLE a (id int PRIMARY KEY) "
             "CREATE TABLE b (id int REFERENCES a, up int REFERENCES ddl.pa) "
             "CREATE TABLE c (id int UNIQUE REFERENCES a) CREATE VIEW v AS SELECT * FROM a",
             "CREATE TABLE ch (id int REFERENCES pa); DROP TABLE ch; "
             "CREATE TABLE ch (id int REFERENCES pa)",
             "CREATE TABLE ch (id int REFERENCES pa); ALTER TABLE ch RENAME TO gone; "
             "CREATE TABLE ch (id int REFERENCES pa)",
             "CREATE TABLE ch (id int REFERENCES pa); "
             "CREATE TABLE IF NOT EXISTS ch (id int REFERENCES pa)",
             "CREATE TABLE ch (id int); ALTER TABLE ch ADD FOREIGN KEY (id) REFERENCES pa NOT "
             "VALID",
             "CREATE TABLE ch (id int); ALTER TABLE ch SET SCHEMA public",
             "DO $$ BEGIN CREATE TABLE ch (id int REFERENCES pa); "
             "CREATE TABLE two (id int REFERENCES pa); END $$",
         }) {
        for (const bool extended : {false, true}) {
            const bool is_one = std::string_view(ddl).find("; ") == std::string_view::npos;
            if (extended && !is_one) {
                continue;
            }
            session.must("BEGIN");
            const query_result made = extended ? session.execute(ddl) : session.query(ddl);
            EXPECT_EQ(made.text(), "") << ddl;
            if (made.sqlstate.empty()) {
                EXPECT_EQ(session.must(miscounted_tables), "") << ddl;
            }
            session.must("ROLLBACK");
        }
    }
    session.must("RESET search_path");
    session.must("DROP SCHEMA ddl CASCADE");
}

// Random schema changes of a few tables. It does not matter which of them PostgreSQL rejects.
TEST_F(endpoint_limit, every_sequence_of_ddl_leaves_each_table_counted_once) {
    const endpoint_process served({"--dialect", "postgres"});
    dsql_session session(served);
    std::mt19937 dice(random_seed());
    const auto any = [&dice](std::initializer_list<const char*> words) {
        return std::string(words.begin()[dice() % words.size()]);
    };
    const auto name = [&any] {
        return any({"t1", "t2", "t3", "s.t1", "s.t2"});
    };
    const auto create = [&] {
        return any({"CREATE TABLE ", "CREATE TABLE IF NOT EXISTS "}) + name() + " (id int " +
               any({"", "PRIMARY KEY", "UNIQUE", "REFERENCES t1", "REFERENCES s.t2"}) +
               any({"", ", k serial", ", n int UNIQUE", ", up int REFERENCES t1",
                    ", up int REFERENCES s.t2 ON DELETE CASCADE"}) +
               any({")", ")", ") PARTITION BY HASH (id)", ") PARTITION BY RANGE (id)"});
    };
    const auto statement = [&] {
        switch (dice() % 8) {
            case 0:
                return "DROP TABLE IF EXISTS " + name() + " CASCADE";
            case 1:
                return "ALTER TABLE " + name() + " RENAME TO " + any({"t1", "t2", "t3"});
            case 2:
                return "CREATE TABLE " + name() + " (LIKE " + name() + " INCLUDING ALL)";
            case 3:
                return "CREATE TABLE " + name() + " PARTITION OF " + name() + " DEFAULT";
            case 4:
                return "ALTER TABLE " + name() + " SET SCHEMA " + any({"s", "public"});
            case 5:
                return "CREATE TABLE " + name() + " AS TABLE " + name();
            default:
                return create();
        }
    };
    session.must("CREATE SCHEMA s");
    int made = 0;
    for (int i = 0; i < 300; ++i) {
        const std::string sql = statement();
        const query_result got = session.query(sql);
        made += got.sqlstate.empty() ? 1 : 0;
        ASSERT_EQ(got.text().find("dsql_local"), std::string::npos) << sql << ": " << got.text();
        ASSERT_EQ(session.must(miscounted_tables), "") << sql;
    }
    EXPECT_GT(made, 50);
}

TEST_F(endpoint_limit, rows_that_a_foreign_key_changes_count) {
    session_.must("CREATE TABLE pa (id int PRIMARY KEY)");
    session_.must("CREATE TABLE ch (id int REFERENCES pa ON DELETE CASCADE ON UPDATE CASCADE)");
    session_.must("INSERT INTO pa VALUES (1), (2)");
    session_.must("INSERT INTO ch SELECT 1 FROM generate_series(1, 2999)");
    session_.must("INSERT INTO ch SELECT 2 FROM generate_series(1, 3000)");
    EXPECT_EQ(session_.query("DELETE FROM pa WHERE id = 1").tags, "DELETE 1");
    expect_refused(session_.query("DELETE FROM pa WHERE id = 2"), 'I');
    expect_refused(session_.query("UPDATE pa SET id = 3 WHERE id = 2"), 'I');
    EXPECT_EQ(session_.query("INSERT INTO ch VALUES (7)").sqlstate, "23503");
    while (session_.must("SELECT count(*) FROM ch") != "0") {
        session_.must("DELETE FROM ch WHERE ctid IN (SELECT ctid FROM ch LIMIT 3000)");
    }
    session_.must("DROP TABLE pa, ch");
}

TEST_F(endpoint_limit, other_roles_are_counted) {
    session_.must("CREATE ROLE app LOGIN");
    session_.must("GRANT app TO admin");
    session_.must("CREATE SCHEMA app AUTHORIZATION app");
    session_.must("SET ROLE app");
    session_.must("CREATE TABLE app.own (id int)");
    EXPECT_EQ(session_.query("INSERT INTO app.own SELECT generate_series(1, 3000)").tags,
              "INSERT 0 3000");
    expect_refused(session_.query("INSERT INTO app.own SELECT generate_series(1, 3001)"), 'I');
}

// Runs statements one by one, because DSQL allows one change of the schema in a transaction.
void run_each(dsql_session& session, std::string_view statements) {
    while (!statements.empty()) {
        const std::size_t end = std::min(statements.find("; "), statements.size());
        session.must(std::string(statements.substr(0, end)));
        statements.remove_prefix(std::min(end + 2, statements.size()));
    }
}

struct limit_case {
    const char* setup;
    const char* accepted;  // the largest that is
    const char* rejected;  // the smallest that is
    const char* sqlstate;
    const char* text;
};

class endpoint_quota : public testing::Test {
protected:
    static void SetUpTestSuite() { served_ = std::make_unique<endpoint_process>(); }
    static void TearDownTestSuite() { served_.reset(); }

    void expect_limit(const limit_case& limit, dsql_session& session) {
        for (const bool extended : {false, true}) {
            run_each(session, limit.setup);
            const auto run = [&](const char* sql) {
                return extended ? session.execute(sql) : session.query(sql);
            };
            EXPECT_EQ(run(limit.accepted).text(), "") << limit.accepted;
            const query_result refused = run(limit.rejected);
            EXPECT_EQ(refused.sqlstate, limit.sqlstate) << limit.rejected;
            EXPECT_EQ(refused.text(), limit.text) << limit.rejected;
            EXPECT_EQ(refused.error.field('W'), "");
            session.must("DROP SCHEMA quota CASCADE");
        }
    }

    static std::unique_ptr<endpoint_process> served_;
    dsql_session session_{*served_};
};

std::unique_ptr<endpoint_process> endpoint_quota::served_;

TEST_F(endpoint_quota, sizes_are_limited) {
    for (const limit_case& limit : std::vector<limit_case>{
             {"CREATE SCHEMA quota; CREATE TABLE quota.t (a text, b text, c text)",
              "INSERT INTO quota.t VALUES (repeat('x', 1048576))",
              "INSERT INTO quota.t VALUES (repeat('x', 1048577))", "54000",
              "datatype limit greater than 1048576 bytes not supported for text"},
             {"CREATE SCHEMA quota; CREATE TABLE quota.t (a bytea)",
              "INSERT INTO quota.t VALUES (convert_to(repeat('x', 1048576), 'utf8'))",
              "INSERT INTO quota.t VALUES (convert_to(repeat('x', 1048577), 'utf8'))", "54000",
              "datatype limit greater than 1048576 bytes not supported for bytea"},
             {"CREATE SCHEMA quota; CREATE TABLE quota.t (a varchar, b varchar); INSERT INTO "
              "quota.t "
              "VALUES ('a')",
              "UPDATE quota.t SET a = repeat('x', 1048576)",
              "UPDATE quota.t SET b = repeat('y', 1048577)", "54000",
              "datatype limit greater than 1048576 bytes not supported for character varying"},
             {"CREATE SCHEMA quota; CREATE TABLE quota.t (a text, b text, c text)",
              "INSERT INTO quota.t VALUES (repeat('x', 1048576), repeat('x', 1048000))",
              "INSERT INTO quota.t VALUES (repeat('x', 1048576), repeat('x', 1048570), 'more')",
              "54000", "maximum row size exceeded"},
             {"CREATE SCHEMA quota; CREATE TABLE quota.t (id text PRIMARY KEY, v text)",
              "INSERT INTO quota.t VALUES (repeat('x', 1981), repeat('x', 10000))",
              "INSERT INTO quota.t VALUES (repeat('y', 1982))", "54000", "key size too large"},
             {"CREATE SCHEMA quota; CREATE TABLE quota.t (a int, b text, c text); CREATE INDEX "
              "ASYNC ON "
              "quota.t "
              "(a, b) INCLUDE (c)",
              "INSERT INTO quota.t VALUES (1, repeat('x', 1977), 'c')",
              "INSERT INTO quota.t VALUES (1, repeat('x', 1978))", "54000", "key size too large"},
             {"CREATE SCHEMA quota; CREATE TABLE quota.t (a text); CREATE INDEX ASYNC ON quota.t "
              "((a || "
              "'x'))",
              "INSERT INTO quota.t VALUES (md5('1'))",
              "INSERT INTO quota.t SELECT string_agg(md5(i::text), '') FROM generate_series(1, "
              "300) i",
              "54000", "key size too large"},
         }) {
        expect_limit(limit, session_);
    }
}

TEST_F(endpoint_quota, a_transaction_writes_10_mib) {
    session_.must("CREATE TABLE written (v text)");
    const std::string write =
        "INSERT INTO written SELECT repeat('x', 1000000) FROM generate_series(1, ";
    EXPECT_EQ(session_.query(write + "10)").sqlstate, "");
    const auto expect_too_large = [](const query_result& refused, char status) {
        EXPECT_EQ(refused.sqlstate, "54000");
        EXPECT_EQ(refused.text(), "transaction size limit 10mb exceeded");
        EXPECT_EQ(refused.error.field('D'), "Current transaction size 12mb > 10mb");
        EXPECT_EQ(refused.error.field('W'), "");
        EXPECT_EQ(refused.status, status);
    };
    expect_too_large(session_.query(write + "12)"), 'I');
    expect_too_large(session_.execute(write + "12)"), 'I');
    for (const bool extended : {false, true}) {
        session_.must("BEGIN");
        session_.must(write + "6)");
        session_.must(write + "6)");
        EXPECT_EQ(session_.must("SELECT count(*) FROM written"), "22") << "it fails at COMMIT";
        expect_too_large(extended ? session_.execute("COMMIT") : session_.query("COMMIT"), 'I');
    }
    session_.must("BEGIN");
    session_.must("DELETE FROM written");
    session_.must(write + "5)");
    session_.must(
        "UPDATE written SET v = v || 'x' WHERE ctid IN (SELECT ctid FROM written LIMIT 4)");
    EXPECT_EQ(session_.query("COMMIT").sqlstate, "");
    EXPECT_EQ(session_.must("SELECT count(*) FROM written"), "5");
    session_.must("DROP TABLE written");
}

std::string list(const std::string& format, int count) {
    std::string all;
    for (int i = 1; i <= count; ++i) {
        std::string one = format;
        for (std::size_t at = one.find('#'); at != std::string::npos; at = one.find('#')) {
            one.replace(at, 1, std::to_string(i));
        }
        all.append(i > 1 ? ", " : "").append(one);
    }
    return all;
}

TEST_F(endpoint_quota, tables_and_indexes_are_limited) {
    const std::string wide = "CREATE TABLE quota.t (" + list("c# int", 255) + ")";
    const std::string too_wide = "CREATE TABLE quota.u (" + list("c# int", 256) + ")";
    const std::string keys =
        "CREATE TABLE quota.t (" + list("c# int", 9) + ", PRIMARY KEY (" + list("c#", 8) + "))";
    const std::string too_many_keys =
        "CREATE TABLE quota.u (" + list("c# int", 9) + ", PRIMARY KEY (" + list("c#", 9) + "))";
    const std::string indexed = "CREATE TABLE quota.t (" + list("c# int UNIQUE", 24) + ")";
    const std::string too_indexed = "CREATE TABLE quota.u (" + list("c# int UNIQUE", 25) + ")";
    const std::string narrow =
        "CREATE SCHEMA quota; CREATE TABLE quota.t (" + list("c# int", 254) + ")";
    const std::string nine =
        "CREATE SCHEMA quota; CREATE TABLE quota.t (" + list("c# int", 9) + ")";
    const std::string many =
        "CREATE SCHEMA quota; CREATE TABLE quota.t (" + list("c# int UNIQUE", 23) + ")";
    const std::string eight_keys = "CREATE INDEX ASYNC ON quota.t (" + list("c#", 8) + ")";
    const std::string nine_keys = "CREATE INDEX ASYNC ON quota.t (" + list("c#", 9) + ")";
    std::string statistics = "CREATE SCHEMA quota; CREATE TABLE quota.t (a int, b int); ";
    for (int i = 0; i < 4; ++i) {
        statistics += "CREATE STATISTICS quota.s" + std::to_string(i) + " ON a, b FROM quota.t; ";
    }
    const char* columns = "tables can have at most 255 columns";
    const char* key_columns = "more than 8 column keys in an index are not supported";
    const char* indexes = "more than 24 indexes per table are not allowed";
    for (const limit_case& limit : std::vector<limit_case>{
             {"CREATE SCHEMA quota", wide.c_str(), too_wide.c_str(), "54011", columns},
             {narrow.c_str(), "ALTER TABLE quota.t ADD COLUMN one int",
              "ALTER TABLE quota.t ADD COLUMN two int", "54011", columns},
             {"CREATE SCHEMA quota", keys.c_str(), too_many_keys.c_str(), "54011", key_columns},
             {nine.c_str(), eight_keys.c_str(), nine_keys.c_str(), "54011", key_columns},
             {"CREATE SCHEMA quota", indexed.c_str(), too_indexed.c_str(), "54000", indexes},
             {many.c_str(), "CREATE INDEX ASYNC ON quota.t (c1, c2)",
              "CREATE UNIQUE INDEX ASYNC ON quota.t (c2, c1)", "54000", indexes},
             {statistics.c_str(), "CREATE STATISTICS quota.fifth ON a, b FROM quota.t",
              "CREATE STATISTICS quota.sixth ON a, b FROM quota.t", "54000",
              "more than 5 extended statistics per table are not allowed"},
         }) {
        expect_limit(limit, session_);
    }
}

TEST(endpoint_limits, every_quota_can_be_another) {
    const endpoint_process served({"--schema-limit", "1", "--table-limit", "1", "--view-limit", "1",
                                   "--sequence-limit", "1", "--column-limit", "2",
                                   "--query-memory-limit", "1048576", "--transaction-size-limit",
                                   "1000", "--key-size-limit", "0", "--column-size-limit", "100"});
    dsql_session session(served);
    const auto expect_limit = [&session](const std::string& sql, const std::string& sqlstate,
                                         const std::string& text) {
        const query_result refused = session.query(sql);
        EXPECT_EQ(refused.sqlstate, sqlstate) << sql;
        EXPECT_EQ(refused.text(), text) << sql;
    };
    session.must("CREATE SCHEMA one");
    expect_limit("CREATE SCHEMA two", "54000", "more than 1 schemas not allowed");
    session.must("CREATE TABLE one.t (id text PRIMARY KEY)");
    expect_limit("CREATE TABLE two (id int)", "54000", "creating more than 1 tables not allowed");
    session.must("CREATE VIEW one.v AS SELECT 1");
    expect_limit("CREATE VIEW two AS SELECT 1", "54000", "creating more than 1 views not allowed");
    session.must("CREATE SEQUENCE one.s CACHE 1");
    expect_limit("CREATE SEQUENCE two CACHE 1", "54000",
                 "creating more than 1 sequences not allowed");
    session.must("ALTER TABLE one.t ADD COLUMN v text");
    expect_limit("ALTER TABLE one.t ADD COLUMN w text", "54011",
                 "tables can have at most 2 columns");
    session.must("INSERT INTO one.t VALUES (repeat('x', 100))");
    expect_limit("INSERT INTO one.t VALUES (repeat('y', 101))", "54000",
                 "datatype limit greater than 100 bytes not supported for text");
    expect_limit("INSERT INTO one.t SELECT i FROM generate_series(1, 40) AS i", "54000",
                 "transaction size limit 1000b exceeded");
    expect_limit("SELECT count(*) FROM generate_series(1, 1000000)", "54000",
                 "query requires more than allowed temp space of 1024 KB to execute");
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
}

TEST(endpoint_limits, there_can_be_none_at_all) {
    const endpoint_process served({"--no-limits", "--connection-rate", "1", "--connection-burst",
                                   "1", "--connection-limit", "1"});
    const dsql_session first(served);
    dsql_session session(served);
    session.must("CREATE TABLE free (id int, v text)");
    EXPECT_EQ(session.must("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'free'::regclass"),
              "0");
    session.must(
        "INSERT INTO free SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) AS i");
    session.must("INSERT INTO free VALUES (0, repeat('x', 3000000))");
    for (int i = 0; i < 12; ++i) {
        session.must("CREATE SCHEMA s" + std::to_string(i));
    }
    const endpoint_process unsized({"--transaction-row-limit", "0"});
    dsql_session other(unsized);
    other.must("CREATE TABLE free (id int, v text)");
    other.must("INSERT INTO free SELECT i, 'x' FROM generate_series(1, 20000) AS i");
    EXPECT_EQ(other
                  .query("INSERT INTO free SELECT i, repeat('x', 1000) FROM generate_series(1, "
                         "20000) AS i")
                  .text(),
              "transaction size limit 10mb exceeded");
}

TEST(endpoint_limits, a_directory_without_the_schema_gets_it) {
    const dsql_local::temporary_directory parent("/tmp");
    chmod(parent.path().c_str(), 0755);
    const std::string directory = (parent.path() / "kept").string();
    {
        const endpoint_process served({"--data-directory", directory, "--dialect", "postgres"});
        dsql_session session(served);
        session.must("CREATE TABLE counted (id int)");
        session.must("INSERT INTO counted VALUES (1)");
        session.must("CREATE INDEX ASYNC ON counted (id)");
    }
    ASSERT_EQ(unlink((directory + "/data/dsql-local.schema").c_str()), 0);
    const endpoint_process again({"--data-directory", directory});
    dsql_session session(again);
    EXPECT_EQ(session.must("SELECT count(*) FROM counted"), "1");
    EXPECT_EQ(session.query(insert_rows(3001)).sqlstate, "54000");
    EXPECT_EQ(session.must(miscounted_tables), "");
    const std::string job = session.must("SELECT job_id FROM sys.jobs");
    EXPECT_EQ(session.must("CALL sys.wait_for_job('" + job + "')"), "t");
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

    static void expect_too_old(const query_result& refused, char status) {
        EXPECT_EQ(refused.sqlstate, "54000");
        EXPECT_EQ(refused.text(), "transaction age limit of 0.5s exceeded");
        const std::string detail = refused.error.field('D');
        EXPECT_EQ(detail.find("Current transaction age "), 0U) << detail;
        EXPECT_NE(detail.find("s exceeds 0.5s"), std::string::npos) << detail;
        EXPECT_EQ(refused.status, status);
    }

    // PostgreSQL waits, so at least this time has passed when its response arrives.
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

TEST(endpoint_limits, the_number_of_open_sessions_is_limited) {
    const endpoint_process served({"--connection-limit", "2"});
    const auto error_of_login = [&served] {
        try {
            const dsql_session session(served);
            return std::string();
        } catch (const std::runtime_error& error) {
            return std::string(error.what());
        }
    };
    auto first = std::make_unique<dsql_session>(served);
    const dsql_session second(served);
    EXPECT_EQ(error_of_login(), "53300 Unable to accept connection, too many open connections. ");
    first.reset();
    // The endpoint notices the end of a session a little later.
    while (!error_of_login().empty()) {
    }
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
    std::vector<std::string> options{"--transaction-time-limit", "--session-time-limit",
                                     "--job-time", "--connection-limit"};
    for (const auto& limit : dsql_local::limit_descriptions) {
        options.push_back("--" + std::string(limit.name) + "-limit");
    }
    for (const std::string& option : options) {
        for (const char* value : {"-1", "many", ""}) {
            program wrong({"serve", option, value});
            EXPECT_EQ(wrong.wait(), 2) << option << " " << value;
        }
    }
}

}  // namespace endpoint_limit_test
