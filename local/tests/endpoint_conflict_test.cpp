// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

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

TEST_F(endpoint_conflict, both_write_and_the_first_to_commit_wins) {
    for (const bool first_wins : {true, false}) {
        for (const bool extended : {false, true}) {
            const auto ask = [&](dsql_session& session, const std::string& sql) {
                return extended ? session.execute(sql) : session.query(sql);
            };
            dsql_session& winner = first_wins ? first_ : second_;
            dsql_session& loser = first_wins ? second_ : first_;
            for (dsql_session* session : {&first_, &second_}) {
                EXPECT_EQ(ask(*session, "BEGIN").tags, "BEGIN");
                EXPECT_EQ(ask(*session, "UPDATE account SET amount = amount + 1 WHERE id = 1").tags,
                          "UPDATE 1");
            }
            EXPECT_EQ(ask(winner, "SELECT amount FROM account WHERE id = 1").value, "101");
            EXPECT_EQ(ask(winner, "COMMIT").tags, "COMMIT");
            const query_result lost = ask(loser, "COMMIT");
            expect_conflict(lost, data_conflict);
            EXPECT_EQ(lost.status, 'I');
            EXPECT_EQ(first_.must("SELECT amount FROM account WHERE id = 1"), "101");
            first_.must("UPDATE account SET amount = 100 WHERE id = 1");
        }
    }
}

TEST_F(endpoint_conflict, a_statement_by_itself_wins_over_an_open_transaction) {
    first_.must("BEGIN");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    second_.must("UPDATE account SET amount = 2 WHERE id = 1");
    expect_conflict(first_.query("COMMIT"), data_conflict);
    EXPECT_EQ(first_.must("SELECT amount FROM account WHERE id = 1"), "2");
}

TEST_F(endpoint_conflict, who_gave_way_still_reads_its_own_writes) {
    first_.must("BEGIN");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    EXPECT_EQ(first_.must("INSERT INTO account VALUES (3, 3) RETURNING id"), "3");
    second_.must("BEGIN");
    second_.must("UPDATE account SET amount = 2 WHERE id = 1");
    EXPECT_EQ(first_.must("SELECT sum(amount) FROM account"), "104");
    EXPECT_EQ(second_.must("SELECT sum(amount) FROM account"), "102");
    second_.must("ROLLBACK");
    first_.must("COMMIT");
    EXPECT_EQ(first_.must("SELECT sum(amount) FROM account"), "104");
}

TEST_F(endpoint_conflict, a_transaction_that_waits_behind_two_others_loses_to_either) {
    dsql_session third(*served_);
    for (dsql_session* session : {&first_, &second_, &third}) {
        session->must("BEGIN");
        session->must("UPDATE account SET amount = amount + 1 WHERE id = 1");
    }
    second_.must("COMMIT");
    expect_conflict(third.query("COMMIT"), data_conflict);
    expect_conflict(first_.query("COMMIT"), data_conflict);
    EXPECT_EQ(first_.must("SELECT amount FROM account WHERE id = 1"), "101");
}

// Settings of a transaction are undone with it when it gives way, and must come back.
TEST_F(endpoint_conflict, who_gave_way_keeps_its_settings) {
    first_.must("BEGIN");
    first_.must("SET LOCAL search_path TO nowhere, public");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    second_.must("UPDATE account SET amount = 2 WHERE id = 2");
    second_.must("BEGIN");
    second_.must("UPDATE account SET amount = 2 WHERE id = 1");
    EXPECT_EQ(first_.must("SHOW search_path"), "nowhere, public");
    first_.must("COMMIT");
    expect_conflict(second_.query("COMMIT"), data_conflict);
}

TEST_F(endpoint_conflict, parameters_are_repeated) {
    for (const bool first_wins : {true, false}) {
        first_.must("BEGIN");
        first_.client().send(
            parse_message("change", "UPDATE account SET amount = amount + $1 WHERE id = $2") +
            bind_message("change", {"7", "1"}) + execute_message() +
            bind_message("change", {"9", "2"}) + execute_message() +
            wire::encode_message('C', std::string("Schange") + '\0') + sync_message());
        EXPECT_EQ(first_.receive().tags, "UPDATE 1,UPDATE 1");
        second_.must("BEGIN");
        second_.must("UPDATE account SET amount = 2");
        EXPECT_EQ(first_.must("SELECT sum(amount) FROM account"), "216");
        if (first_wins) {
            first_.must("COMMIT");
            expect_conflict(second_.query("COMMIT"), data_conflict);
        } else {
            second_.must("COMMIT");
            expect_conflict(first_.query("COMMIT"), data_conflict);
        }
        EXPECT_EQ(first_.must("SELECT sum(amount) FROM account"), first_wins ? "216" : "4");
        first_.must("UPDATE account SET amount = 100");
    }
}

// What the endpoint does meanwhile leaves the client's statement without a name alone.
TEST_F(endpoint_conflict, who_gave_way_keeps_its_prepared_statement_without_a_name) {
    const std::string set = "UPDATE account SET amount = 10 WHERE id = 1";
    const std::string change = "UPDATE account SET amount = amount + $1 WHERE id = $2";
    const auto give_way = [this] {
        second_.must("BEGIN");
        second_.must("UPDATE account SET amount = 2 WHERE id = 1");
        second_.must("ROLLBACK");
    };
    for (const bool extended : {false, true}) {
        const auto ask = [&](const std::string& sql) {
            return extended ? first_.execute(sql) : first_.query(sql);
        };
        first_.must("BEGIN");
        EXPECT_EQ(ask(extended ? set : set + "; SELECT 1").sqlstate, "");
        first_.client().send(parse_message("", change) + sync_message());
        EXPECT_EQ(first_.receive().types, "1Z");
        for (int i = 0; i < 2; ++i) {
            give_way();
            first_.client().send(bind_message("", {"7", "1"}) + execute_message() + sync_message());
            EXPECT_EQ(first_.receive().types, "2CZ");
        }
        first_.client().send(parse_message("", "COMMIT") + sync_message());
        EXPECT_EQ(first_.receive().types, "1Z");
        give_way();
        first_.client().send(bind_message("") + execute_message() + sync_message());
        EXPECT_EQ(first_.receive().tags, "COMMIT");
        EXPECT_EQ(first_.must("SELECT amount FROM account WHERE id = 1"), "24");
    }
}

TEST_F(endpoint_conflict, what_a_function_writes_counts) {
    first_.must(
        "CREATE FUNCTION set_amount(int, int) RETURNS int LANGUAGE sql AS "
        "'UPDATE account SET amount = $2 WHERE id = $1 RETURNING amount'");
    second_.query("SELECT id FROM account");
    for (const char* sql :
         {"SELECT set_amount(1, 7)", "SELECT set_amount(id, 7) FROM account WHERE id = 1",
          "SELECT * FROM public.set_amount(1, 7)",
          "SELECT id FROM account WHERE id = 1 AND public.set_amount(id, 7) = 7",
          "EXPLAIN ANALYZE SELECT set_amount(id, 7) FROM account WHERE id = 1",
          "WITH made AS MATERIALIZED (SELECT set_amount(1, 7) AS a) SELECT a FROM made"}) {
        for (const bool extended : {false, true}) {
            SCOPED_TRACE(sql);
            const auto ask = [&](const std::string& text) {
                return extended ? first_.execute(text) : first_.query(text);
            };
            SetUp();
            EXPECT_EQ(ask("BEGIN").tags, "BEGIN");
            EXPECT_EQ(ask(sql).text(), "");
            EXPECT_EQ(ask("UPDATE account SET amount = 8 WHERE id = 2").tags, "UPDATE 1");
            second_.must("BEGIN");
            second_.must("UPDATE account SET amount = 2");  // makes it give way
            second_.must("ROLLBACK");
            if (std::string(sql).starts_with("EXPLAIN")) {  // it answers other times
                expect_conflict(ask("COMMIT"), data_conflict);
                continue;
            }
            EXPECT_EQ(ask("COMMIT").tags, "COMMIT");
            EXPECT_EQ(first_.must("SELECT amount FROM account WHERE id = 1"), "7");
            second_.must("BEGIN");
            second_.must("UPDATE account SET amount = 2 WHERE id = 1");
            EXPECT_EQ(ask(sql).text(), "") << "outside a block, it wins at once";
            expect_conflict(second_.query("COMMIT"), data_conflict);
        }
    }
    first_.must("DROP FUNCTION set_amount(int, int)");
}

// It depends on nothing that the transaction does, so it is not executed again.
TEST_F(endpoint_conflict, who_gave_way_may_have_read_something_random) {
    for (const bool extended : {false, true}) {
        for (const char* sql : {"SELECT gen_random_uuid()", "SELECT clock_timestamp(), 1",
                                "SELECT pg_catalog.random()", "SHOW timezone"}) {
            SCOPED_TRACE(sql);
            const auto ask = [&](const std::string& text) {
                return extended ? first_.execute(text) : first_.query(text);
            };
            first_.must("BEGIN");
            EXPECT_EQ(ask(sql).text(), "");
            EXPECT_EQ(ask("UPDATE account SET amount = 1 WHERE id = 1").tags, "UPDATE 1");
            EXPECT_EQ(ask(sql).text(), "");
            second_.must("BEGIN");
            second_.must("UPDATE account SET amount = 2");
            second_.must("ROLLBACK");
            EXPECT_EQ(ask("COMMIT").text(), "");
        }
    }
}

// The snapshot is that of BEGIN, not of the first statement.
TEST_F(endpoint_conflict, a_transaction_sees_what_was_committed_before_its_begin) {
    for (const bool extended : {false, true}) {
        EXPECT_EQ((extended ? second_.execute("BEGIN") : second_.query("BEGIN")).tags, "BEGIN");
        first_.must("UPDATE account SET amount = 1 WHERE id = 1");
        EXPECT_EQ(second_.must("SELECT amount FROM account WHERE id = 1"), "100");
        second_.must("COMMIT");
        first_.must("UPDATE account SET amount = 100 WHERE id = 1");
    }
}

// The hidden savepoint must not change what a failed block looks like.
TEST_F(endpoint_conflict, a_failed_block_is_rolled_back) {
    second_.must("BEGIN");
    second_.must("UPDATE account SET amount = 5 WHERE id = 1");
    EXPECT_EQ(second_.query("SELECT 1 / 0").sqlstate, "22012");
    EXPECT_EQ(second_.query("SELECT 1").sqlstate, "25P02");
    first_.must("UPDATE account SET amount = 7 WHERE id = 1");
    const query_result ended = second_.query("COMMIT");
    EXPECT_EQ(ended.tags, "ROLLBACK");
    EXPECT_EQ(ended.status, 'I');
    EXPECT_EQ(second_.must("SELECT amount FROM account WHERE id = 1"), "7");
}

TEST_F(endpoint_conflict, a_lost_transaction_dooms_nobody) {
    dsql_session third(*served_);
    first_.must("BEGIN");
    first_.must("UPDATE account SET amount = 1");
    third.must("BEGIN");
    third.must("UPDATE account SET amount = 3 WHERE id = 2");
    second_.must("UPDATE account SET amount = 2 WHERE id = 1");
    expect_conflict(first_.query("COMMIT"), data_conflict);
    third.must("COMMIT");
    EXPECT_EQ(first_.must("SELECT sum(amount) FROM account"), "5");
}

// NOWAIT and SKIP LOCKED are accepted, but there are no locks to find.
TEST_F(endpoint_conflict, nothing_is_locked_for_nowait_and_skip_locked) {
    for (const char* clause : {"NOWAIT", "SKIP LOCKED", "OF account NOWAIT", "skip /**/ locked"}) {
        first_.must("BEGIN");
        first_.must("UPDATE account SET amount = 1 WHERE id = 1");
        second_.must("BEGIN");
        EXPECT_EQ(second_.must("SELECT count(*) FROM (SELECT * FROM account FOR UPDATE " +
                               std::string(clause) + ") AS locked"),
                  "2")
            << clause;
        first_.must("COMMIT");
        expect_conflict(second_.query("COMMIT"), data_conflict);
    }
}

enum class kind { of_key, of_row, key_share };

struct operation {
    std::string sql;
    kind of = kind::of_key;
};

// The table of https://docs.aws.amazon.com/aurora-dsql/latest/userguide/
// working-with-concurrency-control.html: two open transactions, and either of them commits first.
TEST_F(endpoint_conflict, changes_and_locks_of_a_row_conflict_as_in_dsql) {
    const operation operations[] = {
        {"DELETE FROM keyed WHERE id = 1", kind::of_key},
        {"UPDATE keyed SET other = other + 100 WHERE id = 1", kind::of_key},
        {"SELECT * FROM keyed WHERE id = 1 FOR UPDATE", kind::of_key},
        {"UPDATE keyed SET amount = amount + 1 WHERE id = 1", kind::of_row},
        {"SELECT * FROM keyed WHERE id = 1 FOR KEY SHARE", kind::key_share},
    };
    const operation insertion{"INSERT INTO keyed VALUES (2, 2, 2)", kind::of_key};
    std::vector<std::pair<operation, operation>> pairs{{insertion, insertion}};
    for (const operation& one : operations) {
        for (const operation& other : operations) {
            pairs.emplace_back(one, other);
        }
    }
    first_.must("CREATE TABLE keyed (id int PRIMARY KEY, other int UNIQUE, amount int)");
    second_.query("SELECT id FROM keyed");  // reports the schema change by the new table
    int agreed = 0;
    for (const auto& [one, other] : pairs) {
        const bool passes = (one.of == kind::key_share && other.of != kind::of_key) ||
                            (other.of == kind::key_share && one.of != kind::of_key);
        for (const bool first_wins : {true, false}) {
            first_.must("DELETE FROM keyed");
            first_.must("INSERT INTO keyed VALUES (1, 1, 1)");
            first_.must("BEGIN");
            first_.must(one.sql);
            second_.must("BEGIN");
            second_.must(other.sql);
            dsql_session& winner = first_wins ? first_ : second_;
            dsql_session& loser = first_wins ? second_ : first_;
            winner.must("COMMIT");
            const query_result lost = loser.query("COMMIT");
            EXPECT_EQ(lost.text(), passes ? "" : data_conflict)
                << one.sql << " / " << other.sql << ", the " << (first_wins ? "first" : "second")
                << " commits first";
            agreed += lost.text() == (passes ? "" : data_conflict) ? 1 : 0;
        }
    }
    EXPECT_EQ(agreed, 52);
    first_.must("DROP TABLE keyed");
}

TEST_F(endpoint_conflict, a_foreign_key_conflicts_with_the_key_and_not_with_the_row) {
    first_.must("CREATE TABLE pa (id int PRIMARY KEY, amount int)");
    first_.must("CREATE TABLE ch (id int REFERENCES pa)");
    first_.must("INSERT INTO pa VALUES (1, 1), (2, 2)");
    second_.query("SELECT id FROM pa");
    EXPECT_EQ(first_.query("INSERT INTO ch VALUES (3)").sqlstate, "23503");
    EXPECT_EQ(first_.query("DELETE FROM ch").sqlstate, "");
    for (const char* change :
         {"DELETE FROM pa WHERE id = 1", "UPDATE pa SET id = 4 WHERE id = 1"}) {
        first_.must("BEGIN");
        first_.must("INSERT INTO ch VALUES (1)");
        second_.must("UPDATE pa SET amount = 3 WHERE id = 1");
        second_.must("BEGIN");
        second_.must(change);
        first_.must("COMMIT");
        expect_conflict(second_.query("COMMIT"), data_conflict);
        EXPECT_EQ(second_.query(change).sqlstate, "23503");
        first_.must("DELETE FROM ch");
    }
    first_.must("BEGIN");
    first_.must("DELETE FROM pa WHERE id = 2");
    second_.must("INSERT INTO ch VALUES (2)");
    expect_conflict(first_.query("COMMIT"), data_conflict);
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
    const std::string data = wire::encode_message('d', "7\t100\n");
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
        first_.client().send(data + wire::encode_message('c', "") +
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
