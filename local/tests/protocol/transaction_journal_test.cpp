// SPDX-License-Identifier: Apache-2.0
#include "protocol/transaction_journal.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace transaction_journal_test {

using namespace dsql_local;

answer_digest digest(std::string_view bytes) {
    answer_digest made;
    made.add(bytes);
    return made;
}

std::vector<recorded_execution> execution(std::string_view text) {
    return {{.parse_tail = std::string(text)}};
}

TEST(answer_digest, does_not_depend_on_chunks) {
    answer_digest parts;
    parts.add("ab");
    parts.add("");
    parts.add("cdef");
    EXPECT_EQ(digest("abcdef"), parts);
    parts.add("g");
    EXPECT_FALSE(digest("abcdef") == parts);
}

TEST(transaction_journal, answers_that_come_late_find_their_statement) {
    transaction_journal journal;
    const auto one = journal.add(execution("a"), protocol_form::simple);
    const auto other = journal.add(execution("b"), protocol_form::extended);
    journal.add_answer(other, "of b");
    journal.add_answer(one, "not of a");
    journal.restart_answers(one);
    journal.add_answer(one, "of a");
    ASSERT_EQ(journal.requests().size(), 2U);
    EXPECT_EQ(journal.requests()[0].answers, digest("of a"));
    EXPECT_EQ(journal.requests()[1].answers, digest("of b"));
    EXPECT_EQ(journal.requests()[1].form, protocol_form::extended);
}

TEST(transaction_journal, answers_to_what_was_forgotten_are_not_those_of_the_next) {
    transaction_journal journal;
    const auto old = journal.add(execution("a"), protocol_form::simple);
    journal.clear();
    const auto next = journal.add(execution("b"), protocol_form::simple);
    journal.add_answer(old, "of a");
    journal.restart_answers(old);
    journal.add_answer(0, "of nothing");
    journal.add_answer(next, "of b");
    EXPECT_EQ(journal.requests()[0].answers, digest("of b"));
}

TEST(transaction_journal, what_is_too_long_cannot_be_repeated) {
    transaction_journal journal;
    const std::string half(transaction_journal::max_size / 2 + 1, 'x');
    EXPECT_NE(journal.add(execution(half), protocol_form::simple), 0U);
    EXPECT_TRUE(journal.is_repeatable());
    EXPECT_EQ(journal.add(execution(half), protocol_form::simple), 0U);
    EXPECT_FALSE(journal.is_repeatable());
    EXPECT_TRUE(journal.is_empty()) << "keeps no memory";
    EXPECT_EQ(journal.add(execution("more"), protocol_form::simple), 0U);
    journal.clear();
    EXPECT_TRUE(journal.is_repeatable());
}

}  // namespace transaction_journal_test
