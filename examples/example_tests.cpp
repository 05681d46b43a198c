// SPDX-License-Identifier: Apache-2.0
// Tests of a function that uses a database, with the fixture of dsql_test_fixture.hpp:
//
//     dsql-local run -- example_tests
#include <dsql/dsql.hpp>

#include "service/tests/dsql_test_fixture.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace {

// The function under test: counts one more use of a word, and returns how often it was used.
int count_word(dsql::pool& pool, std::string_view word) {
    return dsql::transact(pool, [&](dsql::transaction& tx) {
        tx.execute("INSERT INTO words VALUES ($1, 0) ON CONFLICT DO NOTHING", word);
        return tx.query_value<int>(
            "UPDATE words SET uses = uses + 1 WHERE word = $1 RETURNING uses", word);
    });
}

class Words : public dsql_test {
protected:
    Words() { pool().execute("CREATE TABLE words (word text PRIMARY KEY, uses int NOT NULL)"); }
};

TEST_F(Words, CountsANewWordOnce) {
    EXPECT_EQ(count_word(pool(), "hello"), 1);
}

TEST_F(Words, CountsEachUse) {
    count_word(pool(), "hello");
    EXPECT_EQ(count_word(pool(), "hello"), 2);
}

}  // namespace
