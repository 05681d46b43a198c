// SPDX-License-Identifier: Apache-2.0
#include "protocol/conflict_ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>
#include <vector>

namespace conflict_ledger_test {

using namespace dsql_local;

TEST(conflict_ledger, the_first_to_commit_wins) {
    for (const bool first_begun_wins : {true, false}) {
        conflict_ledger ledger;
        const transaction_id one = ledger.begin();
        const transaction_id other = ledger.begin();
        ledger.add_conflict(one, other);
        EXPECT_FALSE(ledger.is_doomed(one));
        EXPECT_TRUE(ledger.commit(first_begun_wins ? one : other));
        EXPECT_FALSE(ledger.commit(first_begun_wins ? other : one));
    }
}

TEST(conflict_ledger, a_rolled_back_transaction_stops_nobody) {
    conflict_ledger ledger;
    const transaction_id one = ledger.begin();
    const transaction_id other = ledger.begin();
    ledger.add_conflict(one, other);
    ledger.roll_back(one);
    EXPECT_TRUE(ledger.commit(other));
}

TEST(conflict_ledger, a_doomed_transaction_dooms_nobody) {
    conflict_ledger ledger;
    const transaction_id one = ledger.begin();
    const transaction_id other = ledger.begin();
    ledger.add_conflict(one, other);
    ledger.doom(one);
    EXPECT_FALSE(ledger.commit(one));
    EXPECT_TRUE(ledger.commit(other));
}

TEST(conflict_ledger, what_has_ended_has_no_conflicts) {
    conflict_ledger ledger;
    const transaction_id one = ledger.begin();
    EXPECT_TRUE(ledger.commit(one));
    const transaction_id other = ledger.begin();
    ledger.add_conflict(one, other);
    ledger.add_conflict(other, one);
    ledger.add_conflict(other, other);
    EXPECT_TRUE(ledger.commit(other));
    EXPECT_TRUE(ledger.commit(other)) << "it is not open any more";
    EXPECT_FALSE(ledger.is_doomed(other));
    ledger.doom(other);
    ledger.roll_back(other);
    EXPECT_FALSE(ledger.is_doomed(other));
}

// Compares a random sequence with a model: a transaction may commit unless one that it conflicts
// with has committed while it was open.
TEST(conflict_ledger, random_sequences_agree_with_a_model) {
    std::mt19937 random(20261129);
    conflict_ledger ledger;
    std::vector<transaction_id> open;
    std::set<std::pair<transaction_id, transaction_id>> conflicts;
    std::set<transaction_id> doomed;
    const auto pick = [&] {
        return open[random() % open.size()];
    };
    for (int step = 0; step < 20'000; ++step) {
        const auto what = random() % 8;
        if (open.size() < 2 || what < 2) {
            open.push_back(ledger.begin());
        } else if (what < 5) {
            const transaction_id one = pick();
            const transaction_id other = pick();
            ledger.add_conflict(one, other);
            if (one != other) {
                conflicts.insert({one, other});
                conflicts.insert({other, one});
            }
        } else {
            const transaction_id ended = pick();
            open.erase(std::find(open.begin(), open.end(), ended));
            ASSERT_EQ(ledger.is_doomed(ended), doomed.contains(ended));
            const bool rolls_back = what == 7;
            if (rolls_back) {
                ledger.roll_back(ended);
            } else if (ledger.commit(ended)) {
                ASSERT_FALSE(doomed.contains(ended));
                for (const transaction_id other : open) {
                    if (conflicts.contains({ended, other})) {
                        doomed.insert(other);
                    }
                }
            } else {
                ASSERT_TRUE(doomed.contains(ended));
                ledger.roll_back(ended);
            }
        }
    }
}

}  // namespace conflict_ledger_test
