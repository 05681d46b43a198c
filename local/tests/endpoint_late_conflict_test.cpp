// SPDX-License-Identifier: Apache-2.0
#include "dsql_session.hpp"
#include "wire/messages.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

// A transaction changes rows that another one has changed and committed meanwhile. On DSQL it goes
// on with its snapshot, and its COMMIT fails.
namespace endpoint_late_conflict_test {

using namespace dsql_local_test;

constexpr const char* data_conflict = "change conflicts with another transaction (OC000)";

enum class form { simple, extended, prepared };

query_result ask(dsql_session& session, form how, const std::string& sql) {
    if (how == form::simple) {
        return session.query(sql);
    }
    if (how == form::extended) {
        return session.execute(sql);
    }
    session.client().send(wire::encode_message('C', std::string("Smine") + '\0') +
                          parse_message("mine", sql) + sync_message());
    if (const query_result refused = session.receive(); !refused.sqlstate.empty()) {
        return refused;
    }
    session.client().send(bind_message("mine") + execute_message() + sync_message());
    return session.receive();
}

class endpoint_late_conflict : public testing::TestWithParam<form> {
protected:
    static void SetUpTestSuite() {
        served_ = std::make_unique<endpoint_process>();
        dsql_session session(*served_);
        session.must("CREATE TABLE account (id int PRIMARY KEY, amount int, name text UNIQUE)");
    }
    static void TearDownTestSuite() { served_.reset(); }

    void SetUp() override {
        first_.must("DELETE FROM account");
        first_.must("INSERT INTO account VALUES (1, 100, 'a'), (2, 100, 'b')");
    }

    query_result late(const std::string& sql) { return ask(second_, GetParam(), sql); }

    // The COMMIT fails, and leaves the session as usual.
    void expect_lost() {
        const query_result lost = late("COMMIT");
        EXPECT_EQ(lost.sqlstate, "40001");
        EXPECT_EQ(lost.text(), data_conflict);
        EXPECT_EQ(lost.status, 'I');
        late("BEGIN");
        EXPECT_EQ(late("UPDATE account SET amount = 7 WHERE id = 1").tags, "UPDATE 1");
        EXPECT_EQ(late("COMMIT").tags, "COMMIT");
        EXPECT_EQ(first_.must("SELECT amount FROM account WHERE id = 1"), "7");
    }

    static std::unique_ptr<endpoint_process> served_;
    dsql_session first_{*served_};
    dsql_session second_{*served_};
};

std::unique_ptr<endpoint_process> endpoint_late_conflict::served_;

TEST_P(endpoint_late_conflict, a_change_succeeds_and_the_commit_fails) {
    struct change {
        std::string sql;
        std::string tag;
        std::string value = {};
    };
    const change changes[] = {
        {"UPDATE account SET amount = amount + 5 WHERE id = 1", "UPDATE 1"},
        {"UPDATE account SET amount = amount + 5 RETURNING amount", "UPDATE 2", "105"},
        {"DELETE FROM account WHERE id = 1 RETURNING amount", "DELETE 1", "100"},
        {"DELETE FROM account", "DELETE 2"},
        {"SELECT amount FROM account WHERE id = 1 FOR UPDATE", "SELECT 1", "100"},
        {"SELECT amount FROM account ORDER BY id FOR UPDATE", "SELECT 2", "100"},
        {"WITH gone AS (DELETE FROM account WHERE id = 1 RETURNING id) SELECT id FROM gone",
         "SELECT 1", "1"},
        {"INSERT INTO account VALUES (1, 3, 'a') ON CONFLICT (id) DO UPDATE SET amount = 6",
         "INSERT 0 1"},
        {"UPDATE account AS a SET amount = b.amount FROM account AS b WHERE b.id = 2 AND a.id = 1",
         "UPDATE 1"},
    };
    for (const change& made : changes) {
        SCOPED_TRACE(made.sql);
        SetUp();
        EXPECT_EQ(late("BEGIN").tags, "BEGIN");
        first_.must("UPDATE account SET amount = 1, name = 'c' WHERE id = 1");
        const query_result got = late(made.sql);
        EXPECT_EQ(got.text(), "");
        EXPECT_EQ(got.tags, made.tag);
        EXPECT_EQ(got.status, 'T');
        EXPECT_EQ(got.value, made.value);
        expect_lost();
    }
}

// The first rows come before the conflict.
TEST_P(endpoint_late_conflict, a_row_that_is_locked_late_is_a_conflict_at_the_commit) {
    first_.must("INSERT INTO account SELECT id, 100 FROM generate_series(3, 2000) AS id");
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1990");
    const query_result got = late("SELECT amount FROM account ORDER BY id FOR UPDATE");
    EXPECT_EQ(got.text(), "");
    EXPECT_EQ(got.tags, "SELECT 2000");
    EXPECT_EQ(std::count(got.types.begin(), got.types.end(), 'D'), 2000);
    expect_lost();
}

TEST_P(endpoint_late_conflict, a_row_deleted_meanwhile_is_changed) {
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    first_.must("DELETE FROM account WHERE id = 2");
    EXPECT_EQ(late("UPDATE account SET amount = 5 WHERE id = 2 RETURNING id").value, "2");
    EXPECT_EQ(late("SELECT sum(amount) FROM account").value, "105");
    expect_lost();
}

// The snapshot does not contain the row, so it is no duplicate.
TEST_P(endpoint_late_conflict, a_key_inserted_meanwhile_is_inserted) {
    for (const char* row : {"(3, 7, 'd')", "(4, 7, 'c')"}) {
        SetUp();
        EXPECT_EQ(late("BEGIN").tags, "BEGIN");
        first_.must("INSERT INTO account VALUES (3, 5, 'c')");
        EXPECT_EQ(late(std::string("INSERT INTO account VALUES ") + row).tags, "INSERT 0 1");
        EXPECT_EQ(late("SELECT sum(amount) FROM account").value, "207");
        expect_lost();
    }
}

TEST_P(endpoint_late_conflict, a_real_duplicate_is_one) {
    for (const bool has_old_snapshot : {false, true}) {
        EXPECT_EQ(late("BEGIN").tags, "BEGIN");
        if (has_old_snapshot) {
            first_.must("INSERT INTO account VALUES (3, 5, 'c')");
        }
        const query_result got = late("INSERT INTO account VALUES (1, 7, 'd')");
        EXPECT_EQ(got.sqlstate, "23505");
        EXPECT_EQ(got.error.field('D'), "Key (id)=(1) already exists.");
        EXPECT_EQ(got.error.field('s'), "public");
        EXPECT_EQ(got.error.field('n'), "account_pkey");
        EXPECT_EQ(got.status, 'E');
        EXPECT_EQ(late("SELECT 1").sqlstate, "25P02");
        EXPECT_EQ(late("COMMIT").tags, "ROLLBACK");
    }
}

TEST_P(endpoint_late_conflict, the_transaction_sees_its_own_changes) {
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    EXPECT_EQ(late("UPDATE account SET amount = 50 WHERE id = 2").tags, "UPDATE 1");
    EXPECT_EQ(late("INSERT INTO account VALUES (3, 7, 'd')").tags, "INSERT 0 1");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    EXPECT_EQ(late("UPDATE account SET amount = amount + 1 WHERE id = 1").tags, "UPDATE 1");
    EXPECT_EQ(late("SELECT string_agg(amount::text, ' ' ORDER BY id) FROM account").value,
              "101 50 7");
    EXPECT_EQ(late("DELETE FROM account WHERE id = 3").tags, "DELETE 1");
    first_.must("UPDATE account SET amount = 2 WHERE id = 2");
    EXPECT_EQ(late("UPDATE account SET amount = amount + 1 WHERE id = 2 RETURNING amount").value,
              "51");
    EXPECT_EQ(late("SELECT count(*) FROM account").value, "2");
    expect_lost();
}

// More than fits into the buffers of a socket, with a response to each.
TEST_P(endpoint_late_conflict, many_statements_are_executed_again) {
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    for (int i = 0; i < 2000; ++i) {
        const std::string id = std::to_string(100 + i);
        const std::string sql =
            "INSERT INTO account VALUES (" + id + ", 1, repeat('x', 500) || " + id + ")";
        const query_result got =
            GetParam() == form::simple ? second_.query(sql) : second_.execute(sql);
        ASSERT_EQ(got.tags, "INSERT 0 1");
    }
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    EXPECT_EQ(late("UPDATE account SET amount = 2 WHERE id = 1").tags, "UPDATE 1");
    EXPECT_EQ(late("SELECT sum(amount) FROM account").value, "2102");
    expect_lost();
}

TEST_P(endpoint_late_conflict, what_is_missing_in_the_copy_is_a_conflict) {
    first_.must("CREATE TABLE named (id int PRIMARY KEY, n int CONSTRAINT its_name UNIQUE)");
    first_.must("INSERT INTO named VALUES (1, 1)");
    second_.query("SELECT id FROM named");
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    EXPECT_EQ(late("SHOW transaction_isolation").value, "repeatable read");
    first_.must("UPDATE named SET id = 7 WHERE n = 1");
    const query_result got = late(
        "INSERT INTO named VALUES (2, 1) "
        "ON CONFLICT ON CONSTRAINT its_name DO UPDATE SET id = 9");
    EXPECT_EQ(got.text(), data_conflict);
    EXPECT_EQ(late("COMMIT").tags, "ROLLBACK");
    first_.must("DROP TABLE named");
}

// What is not executed again may name a schema.
TEST_P(endpoint_late_conflict, a_read_before_the_first_change_may_name_a_schema) {
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    EXPECT_EQ(late("SELECT sum(amount) FROM public.account").value, "200");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    EXPECT_EQ(late("UPDATE account SET amount = 2 WHERE id = 1").tags, "UPDATE 1");
    expect_lost();
}

TEST_P(endpoint_late_conflict, tables_become_copies_one_after_the_other) {
    first_.must("CREATE TABLE other (id int PRIMARY KEY, amount int)");
    first_.must("INSERT INTO other VALUES (1, 10)");
    second_.query("SELECT id FROM other");  // reports the new table
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    first_.must("UPDATE account SET amount = 1");
    first_.must("UPDATE other SET amount = 1");
    EXPECT_EQ(late("UPDATE account SET amount = amount + 1 WHERE id = 1").tags, "UPDATE 1");
    EXPECT_EQ(late("UPDATE other SET amount = amount + 1 RETURNING amount").value, "11");
    EXPECT_EQ(late("SELECT sum(amount) FROM account").value, "201");
    EXPECT_EQ(late("SELECT sum(account.amount) FROM account, other").value, "201");
    expect_lost();
    first_.must("DROP TABLE other");
}

TEST_P(endpoint_late_conflict, who_gave_way_goes_on_after_it_has_lost) {
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    EXPECT_EQ(late("UPDATE account SET amount = amount + 1 WHERE id = 1").tags, "UPDATE 1");
    first_.must("UPDATE account SET amount = 3 WHERE id = 1");  // makes it give way
    EXPECT_EQ(late("SELECT amount FROM account WHERE id = 1").value, "101");
    EXPECT_EQ(late("UPDATE account SET amount = amount + 1 WHERE id = 1 RETURNING amount").value,
              "102");
    expect_lost();
}

TEST_P(endpoint_late_conflict, the_error_of_a_later_statement_is_its_own) {
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    EXPECT_EQ(late("UPDATE account SET amount = 2 WHERE id = 1").tags, "UPDATE 1");
    EXPECT_EQ(late("SELECT 1 / 0").sqlstate, "22012");
    EXPECT_EQ(late("SELECT 1").sqlstate, "25P02");
    EXPECT_EQ(late("COMMIT").tags, "ROLLBACK");
    EXPECT_EQ(late("SELECT amount FROM account WHERE id = 1").value, "1");
}

TEST_P(endpoint_late_conflict, a_prepared_statement_without_a_name_is_executed_again) {
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    second_.client().send(
        parse_message("", "UPDATE account SET amount = amount + 5 WHERE id = 1 RETURNING amount") +
        sync_message());
    EXPECT_EQ(second_.receive().types, "1Z");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    for (const char* expected : {"105", "110"}) {
        second_.client().send(bind_message("") + execute_message() + sync_message());
        const query_result got = second_.receive();
        EXPECT_EQ(got.text(), "");
        EXPECT_EQ(got.value, expected);
    }
    expect_lost();
}

TEST_P(endpoint_late_conflict, a_failed_block_keeps_a_prepared_statement_without_a_name) {
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    second_.client().send(parse_message("", "UPDATE public.account SET amount = 5 WHERE id = 1") +
                          sync_message());
    EXPECT_EQ(second_.receive().types, "1Z");
    for (const char* expected : {"40001", "25P02"}) {
        second_.client().send(bind_message("") + execute_message() + sync_message());
        EXPECT_EQ(second_.receive().sqlstate, expected);
    }
    EXPECT_EQ(late("COMMIT").tags, "ROLLBACK");
}

TEST_P(endpoint_late_conflict, identities_defaults_and_generated_columns_go_on) {
    first_.must(
        "CREATE TABLE made (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY, "
        "amount int DEFAULT 7 CHECK (amount > 0), double int GENERATED ALWAYS AS "
        "(amount * 2) STORED, key uuid DEFAULT gen_random_uuid())");
    first_.must("INSERT INTO made DEFAULT VALUES");
    second_.query("SELECT id FROM made");
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    first_.must("UPDATE made SET amount = 9");
    EXPECT_EQ(late("UPDATE made SET amount = amount + 1 RETURNING double").value, "16");
    EXPECT_EQ(late("INSERT INTO made DEFAULT VALUES RETURNING double").value, "14");
    EXPECT_EQ(late("SELECT count(DISTINCT id) FROM made").value, "2");
    EXPECT_EQ(late("UPDATE made SET amount = -1").sqlstate, "23514");
    EXPECT_EQ(late("COMMIT").tags, "ROLLBACK");
    first_.must("DROP TABLE made");
}

// A copy is found by the name of its table alone.
TEST_P(endpoint_late_conflict, what_would_find_the_original_fails_itself) {
    first_.must("CREATE VIEW seen AS SELECT * FROM account");
    second_.query("SELECT id FROM seen");
    for (const char* sql : {"UPDATE public.account SET amount = 2 WHERE id = 1",
                            "UPDATE seen SET amount = 2 WHERE id = 1",
                            "UPDATE account SET amount = 2 WHERE id = 1"}) {
        SCOPED_TRACE(sql);
        SetUp();
        EXPECT_EQ(late("BEGIN").tags, "BEGIN");
        first_.must("UPDATE account SET amount = 1 WHERE id = 1");
        const query_result got = late(sql);
        EXPECT_EQ(got.sqlstate, "40001");
        EXPECT_EQ(got.text(), data_conflict);
        EXPECT_EQ(got.status, 'E');
        EXPECT_EQ(late("SELECT 1").sqlstate, "25P02");
        EXPECT_EQ(late("COMMIT").tags, "ROLLBACK");
    }
    first_.must("DROP VIEW seen");
    second_.query("SELECT id FROM account");
    EXPECT_EQ(late("BEGIN").tags, "BEGIN");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    EXPECT_EQ(late("UPDATE account SET amount = 2 WHERE id = 1").tags, "UPDATE 1");
    EXPECT_EQ(late("SELECT amount FROM public.account").text(), data_conflict);
    EXPECT_EQ(late("COMMIT").tags, "ROLLBACK");
}

// The endpoint does not keep what a client sends before it has the response.
TEST_P(endpoint_late_conflict, a_pipeline_gets_the_error_at_the_statement) {
    second_.must("BEGIN");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    second_.client().send(parse_message("", "UPDATE account SET amount = 2 WHERE id = 1") +
                          bind_message("") + execute_message() + parse_message("", "SELECT 1") +
                          bind_message("") + execute_message() + sync_message());
    EXPECT_EQ(second_.receive().text(), data_conflict);
    EXPECT_EQ(second_.query("COMMIT").tags, "ROLLBACK");
}

TEST_P(endpoint_late_conflict, requests_that_come_meanwhile_wait) {
    second_.must("BEGIN");
    second_.must("UPDATE account SET amount = 5 WHERE id = 2");
    first_.must("UPDATE account SET amount = 1 WHERE id = 1");
    second_.client().send(query_message("UPDATE account SET amount = 2 WHERE id = 1"));
    second_.client().send(query_message("SELECT sum(amount) FROM account"));
    second_.client().send(query_message("COMMIT"));
    std::vector<query_result> got;
    for (int i = 0; i < 3; ++i) {
        got.push_back(second_.receive());
    }
    if (got[0].sqlstate.empty()) {
        EXPECT_EQ(got[1].value, "7");
        EXPECT_EQ(got[2].text(), data_conflict);
    } else {  // the second request came before the first response
        EXPECT_EQ(got[0].text(), data_conflict);
        EXPECT_EQ(got[1].sqlstate, "25P02");
        EXPECT_EQ(got[2].tags, "ROLLBACK");
    }
    EXPECT_EQ(second_.must("SELECT sum(amount) FROM account"), "101");
}

std::string name_of(const testing::TestParamInfo<form>& tested) {
    switch (tested.param) {
        case form::simple:
            return "simple";
        case form::extended:
            return "extended";
        default:
            return "prepared";
    }
}

INSTANTIATE_TEST_SUITE_P(, endpoint_late_conflict,
                         testing::Values(form::simple, form::extended, form::prepared), name_of);

}  // namespace endpoint_late_conflict_test
