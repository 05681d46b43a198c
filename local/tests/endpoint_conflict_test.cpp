// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <utility>

namespace endpoint_conflict_test {

using namespace dsql_local_test;

constexpr const char* data_conflict = "change conflicts with another transaction (OC000)";
constexpr const char* schema_conflict = "schema has been updated by another transaction (OC001)";

class endpoint_conflict : public testing::Test {
protected:
    static void SetUpTestSuite() {
        served_ = std::make_unique<endpoint_process>();
        dsql_session session(*served_);
        session.must("CREATE TABLE account (id int PRIMARY KEY, amount int)");
    }
    static void TearDownTestSuite() { served_.reset(); }

    void SetUp() override {
        first_.must("DELETE FROM account");
        first_.must("INSERT INTO account VALUES (1, 100), (2, 100)");
    }

    static void expect_conflict(const query_result& got, const std::string& text) {
        EXPECT_EQ(got.sqlstate, "40001");
        EXPECT_EQ(got.text(), text);
        EXPECT_EQ(got.error.field('S'), "ERROR");
        for (const char field : {'D', 'H', 'W', 'F', 'L', 'R', 'P'}) {
            EXPECT_EQ(got.error.field(field), "") << field;
        }
    }

    static std::unique_ptr<endpoint_process> served_;
    dsql_session first_{*served_};
    dsql_session second_{*served_};
};

std::unique_ptr<endpoint_process> endpoint_conflict::served_;

TEST_F(endpoint_conflict, a_writer_does_not_wait_for_another) {
    first_.must("BEGIN");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    second_.must("BEGIN");
    const auto begin = std::chrono::steady_clock::now();
    expect_conflict(second_.query("UPDATE account SET amount = 2 WHERE id = 1"), data_conflict);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_EQ(second_.query("SELECT 1").sqlstate, "25P02");
    EXPECT_EQ(second_.query("COMMIT").tags, "ROLLBACK");
    first_.must("COMMIT");
    EXPECT_EQ(second_.must("SELECT amount FROM account WHERE id = 1"), "1");
}

TEST_F(endpoint_conflict, a_row_changed_since_the_snapshot_is_a_conflict) {
    second_.must("BEGIN");
    second_.must("SELECT count(*) FROM account");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    expect_conflict(second_.execute("UPDATE account SET amount = 2 WHERE id = 1"), data_conflict);
    second_.must("ROLLBACK");
}

// Tests each row of the table in https://docs.aws.amazon.com/aurora-dsql/latest/userguide/
// working-with-concurrency-control.html, with two open transactions.
TEST_F(endpoint_conflict, changes_and_locks_of_a_row_conflict_as_in_dsql) {
    enum class kind { of_key, of_row, key_share };
    const std::pair<const char*, kind> operations[] = {
        {"DELETE FROM keyed WHERE id = 1", kind::of_key},
        {"UPDATE keyed SET other = other + 100 WHERE id = 1", kind::of_key},
        {"SELECT * FROM keyed WHERE id = 1 FOR UPDATE", kind::of_key},
        {"UPDATE keyed SET amount = amount + 1 WHERE id = 1", kind::of_row},
        {"SELECT * FROM keyed WHERE id = 1 FOR KEY SHARE", kind::key_share},
    };
    first_.must("CREATE TABLE keyed (id int PRIMARY KEY, other int UNIQUE, amount int)");
    first_.must("INSERT INTO keyed VALUES (1, 1, 1)");
    second_.query("SELECT id FROM keyed");  // reports the schema change by the new table
    for (const auto& [one, its_kind] : operations) {
        for (const auto& [other, others_kind] : operations) {
            const bool passes = (its_kind == kind::key_share && others_kind != kind::of_key) ||
                                (others_kind == kind::key_share && its_kind != kind::of_key);
            first_.must("BEGIN");
            first_.must(one);
            second_.must("BEGIN");
            const query_result got = second_.query(other);
            EXPECT_EQ(got.text(), passes ? "" : data_conflict) << one << " / " << other;
            second_.must("ROLLBACK");
            first_.must("ROLLBACK");
        }
    }
    first_.must("DROP TABLE keyed");
}

TEST_F(endpoint_conflict, a_foreign_key_conflicts_with_the_key_and_not_with_the_row) {
    first_.must("CREATE TABLE pa (id int PRIMARY KEY, amount int)");
    first_.must("CREATE TABLE ch (id int REFERENCES pa)");
    first_.must("INSERT INTO pa VALUES (1, 1), (2, 2)");
    second_.query("SELECT id FROM pa");
    EXPECT_EQ(first_.query("INSERT INTO ch VALUES (3)").sqlstate, "23503");
    EXPECT_EQ(first_.query("DELETE FROM ch").sqlstate, "");
    first_.must("BEGIN");
    first_.must("INSERT INTO ch VALUES (1)");
    second_.must("UPDATE pa SET amount = 3 WHERE id = 1");
    expect_conflict(second_.query("DELETE FROM pa WHERE id = 1"), data_conflict);
    expect_conflict(second_.execute("UPDATE pa SET id = 4 WHERE id = 1"), data_conflict);
    first_.must("COMMIT");
    EXPECT_EQ(second_.query("DELETE FROM pa WHERE id = 1").sqlstate, "23503");
    first_.must("BEGIN");
    first_.must("DELETE FROM pa WHERE id = 2");
    expect_conflict(second_.query("INSERT INTO ch VALUES (2)"), data_conflict);
    first_.must("ROLLBACK");
    first_.must("DROP TABLE pa, ch");
}

TEST_F(endpoint_conflict, other_locks_are_refused) {
    for (const bool extended : {false, true}) {
        for (const char* lock : {"FOR SHARE", "FOR NO KEY UPDATE"}) {
            const std::string sql = std::string("SELECT * FROM account ") + lock;
            const query_result refused = extended ? first_.execute(sql) : first_.query(sql);
            EXPECT_EQ(refused.sqlstate, "0A000");
            EXPECT_EQ(refused.text(),
                      "locking clauses other than FOR UPDATE/FOR KEY SHARE are not supported");
        }
    }
}

TEST_F(endpoint_conflict, a_changed_schema_is_told_once) {
    for (const bool extended : {false, true}) {
        first_.must("CREATE TABLE other (id int)");
        const std::string sql = "SELECT amount FROM account WHERE id = 2";
        const query_result refused = extended ? second_.execute(sql) : second_.query(sql);
        expect_conflict(refused, schema_conflict);
        EXPECT_EQ(refused.status, 'I');
        EXPECT_EQ(second_.must(sql), "100");
        first_.must("DROP TABLE other");
        EXPECT_EQ(second_.query(sql).text(), schema_conflict);
        EXPECT_EQ(first_.must(sql), "100") << "its own change is none of another";
    }
}

TEST_F(endpoint_conflict, a_statement_without_storage_is_not_told) {
    first_.must("CREATE TABLE other (id int)");
    EXPECT_EQ(second_.must("SELECT 1"), "1");
    EXPECT_EQ(second_.must("SHOW timezone"), "UTC");
    EXPECT_EQ(second_.query("SELECT 1 FROM account").text(), schema_conflict);
    first_.must("DROP TABLE other");
}

TEST_F(endpoint_conflict, a_new_session_has_seen_the_schema) {
    first_.must("CREATE TABLE other (id int)");
    dsql_session later(*served_);
    EXPECT_EQ(later.must("SELECT amount FROM account WHERE id = 2"), "100");
    first_.must("DROP TABLE other");
}

TEST_F(endpoint_conflict, a_changed_schema_aborts_a_block) {
    second_.must("BEGIN");
    first_.must("CREATE TABLE other (id int)");
    const query_result refused = second_.query("UPDATE account SET amount = 5");
    expect_conflict(refused, schema_conflict);
    EXPECT_EQ(refused.status, 'E');
    EXPECT_EQ(second_.query("SELECT 1").sqlstate, "25P02");
    second_.must("ROLLBACK");
    first_.must("DROP TABLE other");
}

TEST_F(endpoint_conflict, a_schema_changed_meanwhile_fails_the_commit) {
    for (const bool extended : {false, true}) {
        second_.must("BEGIN");
        second_.query("UPDATE account SET amount = 5 WHERE id = 1");
        // All earlier schema changes have been reported, so only COMMIT can fail in this block.
        second_.must("ROLLBACK");
        second_.must("BEGIN");
        second_.must("UPDATE account SET amount = 5 WHERE id = 1");
        first_.must("CREATE TABLE other (id int)");
        const query_result refused = extended ? second_.execute("COMMIT") : second_.query("COMMIT");
        expect_conflict(refused, schema_conflict);
        EXPECT_EQ(refused.status, 'I');
        EXPECT_EQ(refused.types.find('Z'), refused.types.size() - 1);
        EXPECT_EQ(second_.must("SELECT amount FROM account WHERE id = 1"), "100");
        first_.must("DROP TABLE other");
    }
}

TEST_F(endpoint_conflict, ddl_counts_when_it_is_committed) {
    first_.must("BEGIN");
    first_.must("CREATE TABLE other (id int)");
    EXPECT_EQ(second_.must("SELECT amount FROM account WHERE id = 1"), "100");
    first_.must("ROLLBACK");
    EXPECT_EQ(second_.must("SELECT amount FROM account WHERE id = 1"), "100");
    first_.must("BEGIN");
    first_.must("CREATE TABLE other (id int)");
    first_.must("COMMIT");
    EXPECT_EQ(second_.query("SELECT amount FROM account").text(), schema_conflict);
    first_.must("DROP TABLE other");
}

TEST_F(endpoint_conflict, failed_ddl_does_not_count) {
    EXPECT_EQ(first_.query("CREATE TABLE account (id int)").sqlstate, "42P07");
    EXPECT_EQ(first_.query("CREATE TABLE other (id money)").sqlstate, "0A000");
    EXPECT_EQ(second_.must("SELECT amount FROM account WHERE id = 1"), "100");
    first_.must("DROP TABLE IF EXISTS nothing");
    EXPECT_EQ(second_.query("SELECT amount FROM account").text(), schema_conflict);
}

TEST(endpoint_dialect, temporary_ddl_does_not_count) {
    const endpoint_process served({"--dialect", "postgres"});
    dsql_session first(served);
    dsql_session second(served);
    first.must("CREATE TABLE account (id int)");
    second.query("SELECT id FROM account");
    first.must("CREATE TEMP TABLE mine (id int)");
    first.must("CREATE INDEX ON mine (id)");
    first.must("ALTER TABLE mine ADD COLUMN more int");
    first.must("DROP TABLE mine");
    EXPECT_EQ(second.must("SELECT count(*) FROM account"), "0");
}

TEST(endpoint_dialect, that_of_postgres_refuses_nothing) {
    const endpoint_process served({"--dialect", "postgres"});
    dsql_session session(served);
    for (const char* sql : {"CREATE TABLE t (id serial, m money[])", "TRUNCATE t", "LISTEN a",
                            "SET statement_timeout = 1000", "DO $$ BEGIN END $$",
                            "CREATE INDEX ON t (id DESC)", "CREATE INDEX ASYNC ON t (id)",
                            "BEGIN; SAVEPOINT a; CREATE TABLE u (id int); DROP TABLE u; COMMIT"}) {
        EXPECT_EQ(session.query(sql).text(), "") << sql;
    }
    EXPECT_EQ(session.must("SELECT version() LIKE 'PostgreSQL % on %'"), "t");
    EXPECT_EQ(session.must("SHOW max_connections"), "1200");
    EXPECT_NE(session.must("SHOW server_version"), "16.15");
}

TEST_F(endpoint_conflict, other_isolation_levels_are_refused) {
    for (const bool extended : {false, true}) {
        const auto ask = [&](const std::string& sql) {
            return extended ? first_.execute(sql) : first_.query(sql);
        };
        const query_result refused = ask("BEGIN ISOLATION LEVEL serializable");
        EXPECT_EQ(refused.sqlstate, "0A000");
        EXPECT_EQ(refused.text(), "Unsupported isolation level: SERIALIZABLE");
        EXPECT_EQ(refused.status, 'I');
        EXPECT_EQ(ask("START TRANSACTION ISOLATION LEVEL READ COMMITTED").text(),
                  "Unsupported isolation level: READ COMMITTED");
        EXPECT_EQ(ask("BEGIN ISOLATION LEVEL REPEATABLE READ").tags, "BEGIN");
        const query_result set = ask("SET TRANSACTION READ ONLY");
        EXPECT_EQ(set.text(), "setting configuration parameter \"TRANSACTION\" not supported");
        EXPECT_EQ(set.status, 'E');
        first_.must("ROLLBACK");
        EXPECT_EQ(ask("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY").text(),
                  "setting configuration parameter \"SESSION CHARACTERISTICS\" not supported");
    }
}

TEST_F(endpoint_conflict, settings_that_would_change_the_rules_are_refused) {
    for (const char* name : {"default_transaction_isolation", "transaction_isolation",
                             "lock_timeout", "statement_timeout"}) {
        const std::string text =
            std::string("setting configuration parameter \"") + name + "\" not supported";
        EXPECT_EQ(first_.query(std::string("SET ") + name + " = '1'").text(), text);
        EXPECT_EQ(first_.execute(std::string("SET LOCAL ") + name + " TO '1'").text(), text);
        if (std::string_view(name) != "transaction_isolation") {  // PostgreSQL 16 rejects it
            EXPECT_EQ(first_.query(std::string("SET ") + name + " TO DEFAULT").sqlstate, "");
        }
    }
    EXPECT_EQ(first_.query("RESET statement_timeout").sqlstate, "");
    EXPECT_EQ(first_.query("SET search_path TO public").sqlstate, "");
}

TEST_F(endpoint_conflict, a_refusal_ends_a_query_and_undoes_it) {
    const query_result refused = first_.query(
        "INSERT INTO account VALUES (3, 3); SET lock_timeout = 0; DELETE FROM account");
    EXPECT_EQ(refused.sqlstate, "0A000");
    EXPECT_EQ(refused.tags, "INSERT 0 1");
    EXPECT_EQ(first_.must("SELECT count(*) FROM account"), "2");
}

TEST_F(endpoint_conflict, a_copy_by_both_protocols_passes) {
    const std::string data = dsql_local::encode_message('d', "7\t100\n");
    for (const bool extended : {false, true}) {
        const std::string sql = "COPY account FROM STDIN";
        first_.client().send(extended ? parse_message("", sql) + bind_message("") +
                                            execute_message() + sync_message()
                                      : query_message(sql));
        message part = first_.client().receive_message();
        while (part.type == '1' || part.type == '2') {
            part = first_.client().receive_message();
        }
        ASSERT_EQ(part.type, 'G');
        first_.client().send(data + dsql_local::encode_message('c', "") +
                             (extended ? sync_message() : ""));
        const query_result copied = first_.receive();
        EXPECT_EQ(copied.tags, "COPY 1") << copied.text();
        EXPECT_EQ(copied.status, 'I');
        EXPECT_EQ(first_.must("SELECT amount FROM account WHERE id = 7"), "100");
        first_.must("DELETE FROM account WHERE id = 7");
    }
}

TEST_F(endpoint_conflict, pipelined_requests_are_answered_in_order) {
    std::string requests;
    for (int i = 0; i < 100; ++i) {
        requests += parse_message("", "SELECT " + std::to_string(i)) + bind_message("") +
                    execute_message() + sync_message();
        requests += query_message("SET lock_timeout = 1");
    }
    first_.client().send(requests);
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(first_.receive().value, std::to_string(i));
        EXPECT_EQ(first_.receive().text(),
                  "setting configuration parameter \"lock_timeout\" not supported");
    }
}

}  // namespace endpoint_conflict_test
