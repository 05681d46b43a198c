// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace batch_test {

using dsql::batch;
using dsql::statement_outcome;

class Batch : public testing::Test {
protected:
    // Returns the error of the batch. The test fails when there is none.
    static dsql::batch_error failure_of(dsql::connection& session, const batch& statements) {
        try {
            static_cast<void>(session.run(statements));
        } catch (const dsql::batch_error& failure) {
            return failure;
        }
        throw std::runtime_error("the batch did not fail");
    }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Batch, ResultsComeTypedAndInOrder) {
    batch statements;
    for (int i = 0; i < 1000; ++i) {
        statements.add("SELECT $1::int, 'row ' || $2", i, std::to_string(i));
    }
    dsql::batch_results results = session_.run(statements);
    ASSERT_EQ(results.size(), 1000U);
    for (std::size_t i = 0; i < results.size(); ++i) {
        const auto rows = results.take<int, std::string>(i);
        const auto [number, text] = rows[0];
        EXPECT_EQ(number, static_cast<int>(i));
        EXPECT_EQ(text, "row " + std::to_string(i));
    }
    EXPECT_THROW(static_cast<void>(results[1000]), std::out_of_range);
}

TEST_F(Batch, CanBeRunAgainAndCanBeEmpty) {
    batch statements;
    EXPECT_EQ(session_.run(statements).size(), 0U);
    statements.add("SELECT $1::int", 7).add("SELECT NULL::int");
    for (int i = 0; i < 3; ++i) {
        const dsql::batch_results results = session_.run(statements);
        EXPECT_EQ(results[0].value<int>(), 7);
        EXPECT_EQ(results[1].value<std::optional<int>>(), std::nullopt);
    }
    statements.clear();
    EXPECT_TRUE(statements.empty());
}

TEST_F(Batch, MoreTextsThanTheCacheHolds) {
    dsql::config settings = endpoint_under_test();
    settings.statement_cache_capacity = 2;
    dsql::connection session = dsql::connect(settings);
    batch statements;
    for (int i = 0; i < 50; ++i) {
        statements.add("SELECT $1::int + " + std::to_string(i % 10), i);
    }
    for (int round = 0; round < 2; ++round) {
        const dsql::batch_results results = session.run(statements);
        for (int i = 0; i < 50; ++i) {
            EXPECT_EQ(results[static_cast<std::size_t>(i)].value<int>(), i + i % 10);
        }
    }
}

TEST_F(Batch, WithoutACache) {
    dsql::config settings = endpoint_under_test();
    settings.statement_cache_capacity = 0;
    dsql::connection session = dsql::connect(settings);
    batch statements;
    statements.add("SELECT $1::int", 1).add("SELECT $1::int", 2);
    EXPECT_EQ(session.run(statements)[1].value<int>(), 2);
    EXPECT_EQ(session.query_value<long>("SELECT count(*) FROM pg_prepared_statements"), 0);
}

TEST_F(Batch, AnErrorNamesTheStatementAndUndoesTheRest) {
    session_.execute("CREATE TEMP TABLE numbers (n int)");
    for (const std::size_t failing : {0U, 1U, 3U}) {
        batch statements;
        for (std::size_t i = 0; i < 4; ++i) {
            if (i == failing) {
                statements.add("SELECT 1 / $1", 0);
            } else {
                statements.add("INSERT INTO numbers VALUES ($1)", static_cast<int>(i));
            }
        }
        const dsql::batch_error failure = failure_of(session_, statements);
        EXPECT_EQ(failure.index(), failing);
        EXPECT_EQ(failure.sqlstate(), "22012");
        EXPECT_EQ(failure.query(), "SELECT 1 / $1");
        std::vector<statement_outcome> expected(4, statement_outcome::aborted);
        std::fill_n(expected.begin(), failing, statement_outcome::completed);
        expected[failing] = statement_outcome::failed;
        EXPECT_EQ(failure.outcomes(), expected);
        EXPECT_NE(
            std::string(failure.what())
                .find("statement " + std::to_string(failing + 1) + " of 4 in the batch failed"),
            std::string::npos)
            << failure.what();
    }
    EXPECT_EQ(session_.query_value<long>("SELECT count(*) FROM numbers"), 0);
}

TEST_F(Batch, TheErrorNamesAStatementThatCannotBePrepared) {
    batch statements;
    statements.add("SELECT 1").add("SELEC 2").add("SELECT 3");
    EXPECT_EQ(failure_of(session_, statements).index(), 1U);
    EXPECT_EQ(session_.query_value<int>("SELECT 3"), 3) << "nothing is left half prepared";
    EXPECT_EQ(session_.query_value<int>("SELECT 1"), 1);
}

TEST_F(Batch, InATransactionItIsPartOfTheTransaction) {
    session_.execute("CREATE TEMP TABLE parts (n int)");
    {
        dsql::transaction transaction = session_.begin();
        batch statements;
        statements.add("INSERT INTO parts VALUES (1)").add("INSERT INTO parts VALUES (2)");
        EXPECT_EQ(transaction.run(statements)[1].affected_rows(), 1);
    }
    EXPECT_EQ(session_.query_value<long>("SELECT count(*) FROM parts"), 0) << "rolled back";
}

// The values exceed all buffers on the way, in both directions at once.
TEST_F(Batch, LargeValuesBothWaysDoNotBlockEachOther) {
    const std::string mebibyte(1'048'576, 'x');
    batch statements;
    for (int i = 0; i < 50; ++i) {
        statements.add("SELECT $1::text", mebibyte);
    }
    const dsql::batch_results results = session_.run(statements);
    for (const dsql::result& one : results) {
        EXPECT_EQ(one.value<std::string>(), mebibyte);
    }
}

TEST_F(Batch, TakesPreparedStatements) {
    const dsql::statement prepared = session_.prepare("SELECT $1::bigint");
    batch statements;
    statements.add(prepared, 1).add(prepared, 2L).add("SELECT 3::bigint");
    const dsql::batch_results results = session_.run(statements);
    EXPECT_EQ(results[1].value<long>(), 2);
    dsql::connection other = dsql::connect(endpoint_under_test());
    EXPECT_THROW(static_cast<void>(other.run(statements)), dsql::config_error);
}

TEST_F(Batch, ACopyIsRejectedAndDoesNotHang) {
    batch statements;
    statements.add("SELECT 1").add("COPY (SELECT 1) TO STDOUT").add("SELECT 2");
    EXPECT_THROW(static_cast<void>(session_.run(statements)), dsql::error);
    EXPECT_FALSE(session_.is_open());
}

TEST_F(Batch, RunsOnAPool) {
    dsql::pool pool(endpoint_under_test());
    batch statements;
    statements.add("SELECT 1").add("SELECT 2");
    EXPECT_EQ(pool.run(statements)[1].value<int>(), 2);
}

}  // namespace batch_test
