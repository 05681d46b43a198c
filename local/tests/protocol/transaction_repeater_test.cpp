// SPDX-License-Identifier: Apache-2.0
#include "protocol/transaction_repeater.hpp"

#include "protocol/prepared_statement.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace transaction_repeater_test {

using namespace dsql_local;
using fate = repeatable_transaction::fate;

std::string encode_own(std::string_view parse_tail,
                       std::string_view bind_tail = wire::empty_bind_tail) {
    constexpr std::string_view own = "dsql_local_own";
    return wire::encode_close_statement(own) + wire::encode_parse(own, parse_tail) +
           wire::encode_close_portal(own) + wire::encode_bind(own, own, bind_tail) +
           wire::encode_execute(own);
}

std::string encode_own_statement(std::string_view sql) {
    return encode_own(wire::parse_tail(sql)) + wire::encode_sync();
}

const std::string roll_back = encode_own_statement("ROLLBACK TO SAVEPOINT dsql_local_begin");

// Has the parts of a session that the repeater works with, and plays the two filters.
class transaction_repeater_test : public testing::Test {
protected:
    explicit transaction_repeater_test(sql_dialect dialect = sql_dialect::dsql)
        : shared_(std::make_shared<shared_state>(0, dialect,
                                                 std::set<std::string>{"count", "random"})) {}

    bool follow(const sql_statement& statement) {
        const block_state before = policy_.block();
        const decision decided = policy_.evaluate(statement, {}, repeater_.expected_fate());
        return repeater_.follow(statement, before, decided.what == action::forward);
    }
    // Sends a simple query, and returns how its response is expected.
    expected_response& send(std::string_view sql) {
        expected_response& response = pending_.push(request_kind::query);
        repeater_.begin_query();
        for (const prepared_statement& prepared : split_query(sql, *shared_)) {
            follow(prepared.statement);
            std::string text(sql.substr(prepared.statement.offset, prepared.statement.size));
            if (prepared.statement.kind == statement_kind::begin) {
                repeater_.add_after_begin(text, response);
            }
            repeater_.add_to_query(prepared, text);
        }
        repeater_.end_query(response);
        return response;
    }
    void answer(std::string_view bytes) {
        repeater_.add_answer(bytes);
        complete();
    }
    // Answers everything up to the next ReadyForQuery.
    void complete() {
        while (pending_.front() != nullptr && !pending_.front()->ends_with_ready()) {
            pending_.pop();
        }
        pending_.ready();
    }
    void pass(std::string_view sql) {
        send(sql);
        answer("answer");
    }
    // Prepares the next request of the client, and returns what is sent before it.
    std::string prepare(bool may_send = true) {
        wire::relay_buffer out;
        out.reset({});
        EXPECT_EQ(repeater_.prepare_for_request(out), may_send);
        return std::string(out.bytes());
    }
    void give_way() {
        ASSERT_TRUE(repeater_.can_give_way());
        EXPECT_EQ(repeater_.give_way(), roll_back);
        EXPECT_TRUE(pending_.front()->is_injected);
        complete();
    }
    void answer_repetition(std::string_view bytes) {
        ASSERT_TRUE(pending_.front()->is_repetition);
        answer(bytes);
        repeater_.on_repetition_ready();
    }

    std::shared_ptr<shared_state> shared_;
    statement_policy policy_{shared_, {}};
    response_queue pending_;
    transaction_repeater repeater_{*shared_, policy_, pending_};
};

TEST_F(transaction_repeater_test, executes_what_has_written_and_all_that_follows_again) {
    for (const char* sql : {"BEGIN", "SELECT a FROM t", "UPDATE t SET a = 1", "SELECT a FROM t"}) {
        pass(sql);
    }
    give_way();
    EXPECT_EQ(prepare(false),
              encode_own_statement("UPDATE t SET a = 1") + encode_own_statement("SELECT a FROM t"));
    answer_repetition("answer");
    EXPECT_EQ(prepare(false), "") << "one statement is not answered yet";
    answer_repetition("answer");
    EXPECT_EQ(prepare(), "");
    EXPECT_EQ(repeater_.expected_fate(), fate::open);
}

TEST_F(transaction_repeater_test, executes_the_statements_of_a_query_again_one_by_one) {
    pass("BEGIN");
    pass("SELECT 1; UPDATE t SET a = 1");
    give_way();
    EXPECT_EQ(prepare(false), encode_own(wire::parse_tail("SELECT 1")) +
                                  encode_own_statement("UPDATE t SET a = 1"));
    answer_repetition("answer");
    EXPECT_EQ(prepare(), "");
    EXPECT_EQ(repeater_.expected_fate(), fate::open);
}

TEST_F(transaction_repeater_test, knows_what_may_change_something) {
    const auto is_repeated = [this](const std::string& sql) {
        pass("BEGIN");
        pass(sql);
        const bool is_recorded = repeater_.can_give_way();
        pass("ROLLBACK");
        return is_recorded;
    };
    for (const char* sql : {"SELECT mine()", "SELECT mine(a) FROM t", "SELECT * FROM s.mine(1)",
                            "SELECT s.count(1)", "EXPLAIN ANALYZE SELECT mine()", "CALL mine()",
                            "SET search_path TO s", "SELECT set_config('search_path', 's', true)",
                            "SELECT a FROM t FOR UPDATE", "WITH a AS (DELETE FROM t) SELECT 1"}) {
        EXPECT_TRUE(is_repeated(sql)) << sql;
    }
    for (const char* sql :
         {"SELECT 1", "SELECT random()", "SELECT pg_catalog.mine()", "SELECT count(*) FROM t",
          "SELECT extract(year FROM a) FROM t", "EXPLAIN SELECT mine()", "SHOW timezone"}) {
        EXPECT_FALSE(is_repeated(sql)) << sql;
    }
}

TEST_F(transaction_repeater_test, does_not_repeat_what_does_not_depend_on_the_transaction) {
    for (const char* sql : {"BEGIN", "UPDATE t SET a = 1", "SELECT random()", "SHOW timezone"}) {
        pass(sql);
    }
    give_way();
    EXPECT_EQ(prepare(false), encode_own_statement("UPDATE t SET a = 1"));
}

TEST_F(transaction_repeater_test, a_function_outside_a_block_is_a_transaction) {
    send("SELECT a FROM t");
    EXPECT_EQ(repeater_.transaction(), 0U);
    answer("answer");
    send("SELECT mine()");
    EXPECT_NE(repeater_.transaction(), 0U);
}

TEST_F(transaction_repeater_test, goes_on_with_copies_after_another_answer) {
    pass("BEGIN");
    pass("UPDATE t SET a = 1");
    pass("DELETE FROM \"it's\"");
    give_way();
    prepare(false);
    answer_repetition("another answer");
    answer_repetition("answer");
    EXPECT_EQ(repeater_.expected_fate(), fate::doomed);
    EXPECT_EQ(prepare(false),
              roll_back +
                  encode_own_statement(
                      "CALL pg_catalog.dsql_local_copy_tables(ARRAY['it''s', 't']::text[])") +
                  encode_own_statement("UPDATE t SET a = 1") +
                  encode_own_statement("DELETE FROM \"it's\""));
    EXPECT_TRUE(pending_.front()->is_injected);
    complete();
    answer_repetition("the copies are made");
    answer_repetition("answer");
    answer_repetition("answer");
    EXPECT_EQ(prepare(), "");
    EXPECT_EQ(repeater_.expected_fate(), fate::doomed);
    EXPECT_EQ(repeater_.expected_fate({.names_schema = true}), fate::lost);
    EXPECT_EQ(repeater_.expected_fate({.executed_name = "p"}), fate::lost);
}

TEST_F(transaction_repeater_test, rolls_back_again_where_copies_are_impossible) {
    pass("BEGIN");
    pass("SET LOCAL search_path TO s");
    pass("UPDATE t SET a = 1");
    give_way();
    prepare(false);
    answer_repetition("answer");
    answer_repetition("another answer");
    EXPECT_EQ(repeater_.expected_fate(), fate::lost);
    EXPECT_EQ(prepare(), roll_back);
    EXPECT_EQ(prepare(), "");
}

TEST_F(transaction_repeater_test, executes_a_portal_again_with_its_parameters) {
    const auto prepared = prepare_statement("INSERT INTO t VALUES ($1)", *shared_);
    prepared->parse_tail = wire::parse_tail("INSERT INTO t VALUES ($1)");
    pass("BEGIN");
    pending_.push(request_kind::bind);
    repeater_.record_bind("p", "values");
    const std::uint64_t bound_by = pending_.newest();
    pending_.pop();
    follow(prepared->statement);
    repeater_.record_execution(*prepared, "p", bound_by, pending_.push(request_kind::execute));
    pending_.pop();
    give_way();
    EXPECT_EQ(prepare(false), encode_own(prepared->parse_tail, "values") + wire::encode_sync());
}

TEST_F(transaction_repeater_test, compares_no_answers_from_before_the_savepoint) {
    expected_response& response = send("BEGIN; UPDATE t SET a = 1");
    EXPECT_FALSE(repeater_.hides_tag("BEGIN", response));
    for (const char* tag : {"CALL", "SAVEPOINT"}) {
        repeater_.add_answer(tag);
        EXPECT_TRUE(repeater_.hides_tag(tag, response));
    }
    EXPECT_FALSE(repeater_.hides_tag("UPDATE 1", response));
    answer("UPDATE 1");
    give_way();
    EXPECT_EQ(prepare(false), encode_own_statement("UPDATE t SET a = 1"));
    answer_repetition("UPDATE 1");
    EXPECT_EQ(repeater_.expected_fate(), fate::open);
}

// Within a block, it is only a warning.
TEST_F(transaction_repeater_test, a_second_begin_changes_nothing) {
    pass("BEGIN");
    expected_response& response = send("UPDATE t SET a = 1; BEGIN; UPDATE t SET a = 2");
    for (const char* tag : {"UPDATE 1", "BEGIN", "UPDATE 1"}) {
        EXPECT_FALSE(repeater_.hides_tag(tag, response));
    }
    answer("answer");
    give_way();
    EXPECT_EQ(prepare(false), encode_own(wire::parse_tail("UPDATE t SET a = 1")) +
                                  encode_own(wire::parse_tail("BEGIN")) +
                                  encode_own_statement("UPDATE t SET a = 2"));
}

TEST_F(transaction_repeater_test, does_not_give_way_with_what_it_cannot_repeat) {
    const auto with = [this](const auto& happens) {
        pass("BEGIN");
        pass("UPDATE t SET a = 1");
        EXPECT_TRUE(repeater_.can_give_way());
        happens();
        EXPECT_FALSE(repeater_.can_give_way());
        pass("ROLLBACK");
    };
    with([this] { repeater_.make_unrepeatable(); });
    with([this] { pass("COPY t FROM STDIN"); });
    with([this] { pass("COMMIT AND CHAIN"); });
    with([this] { policy_.synchronize('E', {}); });
}

TEST_F(transaction_repeater_test, a_commit_fails_after_a_conflict) {
    pass("BEGIN");
    pass("UPDATE t SET a = 1");
    const transaction_id winner = shared_->conflicts.begin();
    shared_->conflicts.add_conflict(winner, repeater_.transaction());
    EXPECT_TRUE(shared_->conflicts.commit(winner));
    EXPECT_EQ(repeater_.expected_fate(), fate::doomed);
    const sql_statement commit = prepare_statement("COMMIT", *shared_)->statement;
    const block_state open = policy_.block();
    policy_.evaluate(commit, {}, fate::open);  // too early to see the conflict
    EXPECT_FALSE(repeater_.follow(commit, open, true));
    EXPECT_EQ(repeater_.transaction(), 0U);
}

class transaction_repeater_by_locks_test : public transaction_repeater_test {
protected:
    transaction_repeater_by_locks_test() : transaction_repeater_test(sql_dialect::postgres) {}
};

TEST_F(transaction_repeater_by_locks_test, has_no_transactions) {
    EXPECT_FALSE(send("BEGIN").changes);
    answer("BEGIN");
    pass("UPDATE t SET a = 1");
    EXPECT_EQ(repeater_.transaction(), 0U);
    EXPECT_FALSE(repeater_.can_give_way());
    EXPECT_EQ(prepare(), "");
}

}  // namespace transaction_repeater_test
