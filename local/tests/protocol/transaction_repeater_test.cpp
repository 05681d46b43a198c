// SPDX-License-Identifier: Apache-2.0
#include "protocol/transaction_repeater.hpp"

#include "protocol/prepared_statement.hpp"
#include "wire/requests.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

namespace transaction_repeater_test {

using namespace dsql_local;
using fate = repeatable_transaction::fate;

const std::string roll_back = wire::encode_query("ROLLBACK TO SAVEPOINT dsql_local_begin");

// Has the parts of a session that the repeater works with, and plays the two filters.
class transaction_repeater_test : public testing::Test {
protected:
    explicit transaction_repeater_test(sql_dialect dialect = sql_dialect::dsql)
        : shared_(std::make_shared<shared_state>(0, dialect)), dialect_(dialect) {}

    bool follow(const sql_statement& statement) {
        const block_state before = policy_.block();
        const decision decided = policy_.evaluate(statement, {}, repeater_.expected_fate());
        return repeater_.follow(statement, before, decided.what == action::forward);
    }
    // Sends a simple query, and returns how its response is expected.
    expected_response& send(std::string_view sql) {
        expected_response& response = pending_.push(request_kind::query);
        repeater_.begin_query();
        for (const prepared_statement& prepared : split_query(sql, dialect_)) {
            follow(prepared.statement);
            std::string text(sql.substr(prepared.statement.offset, prepared.statement.size));
            if (repeater_.has_begun_block()) {
                repeater_.add_after_begin(text, response);
            }
            repeater_.add_to_query(prepared, text);
        }
        repeater_.end_query(response);
        return response;
    }
    void answer(std::string_view bytes) {
        repeater_.add_answer(bytes);
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
        pending_.ready();
    }
    void answer_repetition(std::string_view bytes) {
        ASSERT_TRUE(pending_.front()->is_repetition);
        answer(bytes);
        repeater_.on_repetition_ready();
    }

    std::shared_ptr<shared_state> shared_;
    sql_dialect dialect_;
    statement_policy policy_{shared_, {}};
    response_queue pending_;
    transaction_repeater repeater_{*shared_, policy_, pending_};
};

TEST_F(transaction_repeater_test, executes_what_has_written_and_all_that_follows_again) {
    for (const char* sql : {"BEGIN", "SELECT a FROM t", "UPDATE t SET a = 1", "SELECT a FROM t"}) {
        pass(sql);
    }
    give_way();
    EXPECT_EQ(prepare(false), wire::encode_query("UPDATE t SET a = 1\n;") +
                                  wire::encode_query("SELECT a FROM t\n;"));
    answer_repetition("answer");
    EXPECT_EQ(prepare(false), "") << "one statement is not answered yet";
    answer_repetition("answer");
    EXPECT_EQ(prepare(), "");
    EXPECT_EQ(repeater_.expected_fate(), fate::open);
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
                  wire::encode_query(
                      "CALL pg_catalog.dsql_local_copy_tables(ARRAY['it''s', 't']::text[])") +
                  wire::encode_query("UPDATE t SET a = 1\n;") +
                  wire::encode_query("DELETE FROM \"it's\"\n;"));
    EXPECT_TRUE(pending_.front()->is_injected);
    pending_.ready();
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
    const auto prepared = prepare_statement("INSERT INTO t VALUES ($1)", dialect_);
    prepared->parse_tail = wire::parse_tail("INSERT INTO t VALUES ($1)");
    pass("BEGIN");
    pending_.push(request_kind::bind);
    repeater_.record_bind("p", "values");
    const std::uint64_t bound_by = pending_.newest();
    pending_.pop();
    repeater_.on_execute();
    follow(prepared->statement);
    repeater_.record_execution(*prepared, "p", bound_by, pending_.push(request_kind::execute));
    pending_.pop();
    repeater_.on_sync();
    give_way();
    const std::string own = "dsql_local_own";
    EXPECT_EQ(prepare(false),
              wire::encode_close_statement(own) + wire::encode_parse(own, prepared->parse_tail) +
                  wire::encode_close_portal(own) + wire::encode_bind(own, own, "values") +
                  wire::encode_execute(own) + wire::encode_sync());
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
    EXPECT_EQ(prepare(false), wire::encode_query("UPDATE t SET a = 1\n;"));
    answer_repetition("UPDATE 1");
    EXPECT_EQ(repeater_.expected_fate(), fate::open);
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
    with([this] {  // a portal that is executed after the Sync
        repeater_.record_bind("p", std::nullopt);
        repeater_.on_sync();
        repeater_.on_execute();
    });
}

TEST_F(transaction_repeater_test, a_commit_fails_after_a_conflict) {
    pass("BEGIN");
    pass("UPDATE t SET a = 1");
    const transaction_id winner = shared_->conflicts.begin();
    shared_->conflicts.add_conflict(winner, repeater_.transaction());
    EXPECT_TRUE(shared_->conflicts.commit(winner));
    EXPECT_EQ(repeater_.expected_fate(), fate::doomed);
    const sql_statement commit = prepare_statement("COMMIT", dialect_)->statement;
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
