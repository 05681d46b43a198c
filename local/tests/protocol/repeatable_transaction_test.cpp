// SPDX-License-Identifier: Apache-2.0
#include "protocol/repeatable_transaction.hpp"

#include <gtest/gtest.h>

namespace repeatable_transaction_test {

using namespace dsql_local;
using fate = repeatable_transaction::fate;

class repeatable : public testing::Test {
protected:
    repeatable() { begin(); }

    void begin() {
        transaction_.begin();
        for (const char* text : {"one", "two"}) {
            const auto number =
                transaction_.journal().add({{.parse_tail = text}}, protocol_form::simple);
            transaction_.journal().add_answer(number, std::string("answer to ") + text);
        }
    }

    void repeat(std::string_view first, std::string_view second, bool second_fails = false) {
        ASSERT_TRUE(transaction_.can_give_way());
        transaction_.give_way();
        EXPECT_FALSE(transaction_.can_give_way());
        EXPECT_TRUE(transaction_.must_repeat());
        ASSERT_EQ(transaction_.begin_repetition().size(), 2U);
        answer(first, second, second_fails);
    }

    void repeat_with_copies(std::string_view first, std::string_view second,
                            bool copies_fail = false) {
        ASSERT_EQ(transaction_.begin_repetition().size(), 2U);
        EXPECT_TRUE(transaction_.has_copies());
        transaction_.add_repeated_answer("the answer of the statement that makes them");
        transaction_.finish_repeated(copies_fail);
        answer(first, second, false);
    }

    void answer(std::string_view first, std::string_view second, bool second_fails) {
        EXPECT_TRUE(transaction_.is_repeating());
        transaction_.add_repeated_answer(first);
        transaction_.finish_repeated(false);
        EXPECT_TRUE(transaction_.is_repeating());
        transaction_.add_repeated_answer(second);
        transaction_.finish_repeated(second_fails);
        EXPECT_FALSE(transaction_.is_repeating());
    }

    conflict_ledger ledger_;
    repeatable_transaction transaction_{ledger_};
};

TEST_F(repeatable, may_give_way_again_and_again) {
    for (int i = 0; i < 3; ++i) {
        repeat("answer to one", "answer to two");
        EXPECT_EQ(transaction_.expected_fate(), fate::open);
    }
    EXPECT_TRUE(transaction_.commit());
}

// Other answers, and errors, mean that another transaction has committed something first.
TEST_F(repeatable, goes_on_with_copies_after_other_answers) {
    struct other_answers {
        std::string_view first;
        std::string_view second;
        bool second_fails = false;
    };
    for (const auto& [first, second, second_fails] :
         {other_answers{"answer to one", "another answer"},
          other_answers{"another answer", "answer to two"},
          other_answers{"answer to one", "answer to two", true}}) {
        begin();
        repeat(first, second, second_fails);
        EXPECT_EQ(transaction_.expected_fate(), fate::doomed);
        EXPECT_TRUE(transaction_.must_repeat());
        repeat_with_copies("answer to one", "answer to two");
        EXPECT_EQ(transaction_.expected_fate(), fate::doomed);
        EXPECT_TRUE(transaction_.has_copies());
        EXPECT_TRUE(transaction_.can_give_way());
        EXPECT_FALSE(transaction_.commit());
        EXPECT_FALSE(transaction_.has_copies());
        EXPECT_EQ(transaction_.expected_fate(), fate::open) << "it has ended";
    }
}

TEST_F(repeatable, is_lost_if_the_copies_do_not_help) {
    for (const bool copies_fail : {false, true}) {
        begin();
        repeat("another answer", "answer to two");
        repeat_with_copies("another answer", "answer to two", copies_fail);
        EXPECT_EQ(transaction_.expected_fate(), fate::lost);
        EXPECT_FALSE(transaction_.can_give_way());
        EXPECT_FALSE(transaction_.commit());
    }
}

TEST_F(repeatable, is_lost_if_there_cannot_be_copies) {
    transaction_.journal().make_uncopyable();
    repeat("another answer", "answer to two");
    EXPECT_EQ(transaction_.expected_fate(), fate::lost);
    EXPECT_FALSE(transaction_.fall_back_on_copies());
    EXPECT_FALSE(transaction_.commit());
}

TEST_F(repeatable, is_repeated_with_copies_if_it_is_doomed) {
    for (const bool can_copy : {false, true}) {
        begin();
        if (!can_copy) {
            transaction_.journal().make_uncopyable();
        }
        const transaction_id winner = ledger_.begin();
        ledger_.add_conflict(winner, transaction_.id());
        EXPECT_TRUE(ledger_.commit(winner));
        EXPECT_EQ(transaction_.expected_fate(), fate::doomed);
        transaction_.give_way();
        EXPECT_EQ(transaction_.begin_repetition().empty(), !can_copy);
        EXPECT_EQ(transaction_.expected_fate(), can_copy ? fate::doomed : fate::lost);
    }
}

TEST_F(repeatable, does_not_give_way_with_nothing_to_repeat) {
    transaction_.journal().make_unrepeatable();
    EXPECT_FALSE(transaction_.can_give_way());
    transaction_.begin();
    EXPECT_FALSE(transaction_.can_give_way()) << "it holds no lock";
    transaction_.end();
    EXPECT_FALSE(transaction_.can_give_way());
}

TEST_F(repeatable, an_end_leaves_nothing_in_the_ledger) {
    const transaction_id other = ledger_.begin();
    ledger_.add_conflict(other, transaction_.id());
    transaction_.end();
    EXPECT_TRUE(ledger_.commit(other));
}

}  // namespace repeatable_transaction_test
