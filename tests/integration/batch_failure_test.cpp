// SPDX-License-Identifier: Apache-2.0
// After a batch fails, the error names the statement, nothing has taken effect, and the connection
// runs all statements as before.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace batch_failure_test {

using dsql::batch;
using dsql::batch_error;
using dsql::connection;
using enum dsql::statement_outcome;

connection connect_with_cache(std::size_t capacity) {
    dsql::config settings = endpoint_under_test();
    settings.statement_cache_capacity = capacity;
    return dsql::connect(settings);
}

// Runs on a connection or a transaction.
template <class Runner>
batch_error failure_of(Runner& on, const batch& statements) {
    try {
        static_cast<void>(on.run(statements));
    } catch (const batch_error& failure) {
        return failure;
    }
    throw std::runtime_error("the batch did not fail");
}

void expect_in(const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
}

class BatchFailure : public testing::Test {
protected:
    BatchFailure() {
        session_.execute("CREATE TEMP TABLE late (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)");
        session_.execute("INSERT INTO late VALUES (1)");
    }
    long late() { return session_.query_value<long>("SELECT count(*) FROM late"); }

    connection session_ = dsql::connect(endpoint_under_test());
};

// DSQL reports conflicts with other transactions at the commit, which belongs to no statement of
// the batch.
TEST_F(BatchFailure, ACommitThatFailsBelongsToNoStatement) {
    batch statements;
    statements.add("INSERT INTO late VALUES (1)").add("SELECT 1");
    for (int round = 0; round < 2; ++round) {
        const batch_error failure = failure_of(session_, statements);
        EXPECT_EQ(failure.sqlstate(), "23505");
        EXPECT_EQ(failure.index(), 2U);
        EXPECT_EQ(failure.outcomes(), (std::vector{completed, completed}));
        expect_in(failure.what(), "the commit of the batch failed");
        EXPECT_EQ(failure.query(), "a batch of 2 statements");
        EXPECT_STREQ(failure.where().file_name(), __FILE__);
        EXPECT_TRUE(session_.is_idle());
        EXPECT_EQ(late(), 1);
    }
}

TEST_F(BatchFailure, ACommitThatFailsAfterOneStatementIsThatStatementsError) {
    for (int round = 0; round < 3;
         ++round) {  // the first round prepares, the others run the prepared statement
        try {
            session_.execute("INSERT INTO late VALUES ($1)", 1);
            FAIL() << "it was committed";
        } catch (const dsql::server_error& failure) {
            EXPECT_EQ(failure.sqlstate(), "23505");
            EXPECT_EQ(failure.query(), "INSERT INTO late VALUES ($1)");
        }
        EXPECT_TRUE(session_.is_idle());
    }
    EXPECT_EQ(late(), 1);
}

TEST_F(BatchFailure, InATransactionTheBatchDoesNotCommit) {
    dsql::transaction transaction = session_.begin();
    batch statements;
    statements.add("INSERT INTO late VALUES (1)").add("SELECT 7");
    EXPECT_EQ(transaction.run(statements)[1].value<int>(), 7);
    EXPECT_THROW(transaction.commit(), dsql::server_error);
    EXPECT_EQ(late(), 1);
}

TEST_F(BatchFailure, InATransactionItFailsTheTransaction) {
    dsql::transaction transaction = session_.begin();
    transaction.execute("INSERT INTO late VALUES (2)");
    batch failing;
    failing.add("INSERT INTO late VALUES (3)").add("SELECT 1/0");
    EXPECT_EQ(failure_of(transaction, failing).index(), 1U);
    batch late_comer;
    late_comer.add("SELECT 1").add("SELECT 2");
    const batch_error failure = failure_of(transaction, late_comer);
    EXPECT_EQ(failure.sqlstate(), "25P02");
    EXPECT_EQ(failure.index(), 0U);
    EXPECT_EQ(failure.outcomes(), (std::vector{failed, aborted}));
    EXPECT_THROW(transaction.commit(), dsql::transaction_rolled_back_error);
    EXPECT_EQ(late(), 1);
    EXPECT_EQ(session_.run(late_comer)[1].value<int>(), 2);
}

// Evictions and preparations after the failed statement did not take place, and the cache must
// reflect that.
TEST_F(BatchFailure, KeepsTheStatementCacheConsistent) {
    for (const std::size_t capacity : {0U, 1U, 2U, 3U, 100U}) {
        connection session = connect_with_cache(capacity);
        constexpr int texts = 6;
        const auto text = [](int i) {
            return "SELECT $1::int + " + std::to_string(i);
        };
        for (int failing = 0; failing < texts; ++failing) {
            batch statements;
            for (int i = 0; i < texts; ++i) {
                statements.add(text(i), 10).add(text(0), 20);
                if (i == failing) {
                    statements.add("SELECT 1 / $1", 0).add("SELEC 1").add(text(i), 1);
                }
            }
            EXPECT_EQ(failure_of(session, statements).query(), "SELECT 1 / $1");
            for (int i = texts - 1; i >= 0; --i) {
                EXPECT_EQ(session.query_value<int>(text(i), 10), 10 + i) << capacity;
            }
        }
        EXPECT_LE(session.query_value<std::size_t>("SELECT count(*) FROM pg_prepared_statements"),
                  capacity)
            << "nothing is left behind on the server";
    }
}

TEST_F(BatchFailure, AtTheStartOfALargeBatch) {
    const std::string mebibyte(1'048'576, 'x');
    batch statements;
    statements.add("SELECT 1 / $1", 0);
    for (int i = 0; i < 50; ++i) {
        statements.add("SELECT $1", mebibyte);
    }
    const batch_error failure = failure_of(session_, statements);
    EXPECT_EQ(failure.index(), 0U);
    EXPECT_EQ(failure.outcomes().size(), 51U);
    EXPECT_EQ(failure.outcomes().back(), aborted);
    EXPECT_EQ(session_.query_value<std::string>("SELECT $1", "y"), "y");
}

TEST_F(BatchFailure, ShowsTheStatementAndWhereItWasAdded) {
    batch statements;
    statements.add("SELECT 1");
    const std::uint_least32_t line = __LINE__ + 1;
    statements.add("SELECT 2 / $1::int", 0);
    const batch_error failure = failure_of(session_, statements);
    EXPECT_EQ(failure.where().line(), line);
    expect_in(failure.what(), "statement 2 of 2 in the batch failed");
    expect_in(failure.what(), "[statement: SELECT 2 / $1::int]");
    expect_in(failure.what(), "batch_failure_test.cpp:" + std::to_string(line));
}

TEST_F(BatchFailure, TheLastMessageOfAServerThatGoesAwayIsReported) {
    batch statements;
    statements.add("SELECT 1").add("SELECT pg_terminate_backend(pg_backend_pid())").add("SELECT 2");
    const batch_error failure = failure_of(session_, statements);
    EXPECT_EQ(failure.sqlstate(), "57P01");
    EXPECT_EQ(failure.index(), 1U);
    EXPECT_FALSE(session_.is_open());
    EXPECT_THROW(static_cast<void>(session_.run(statements)), dsql::connection_error);
}

TEST_F(BatchFailure, ExplicitlyPreparedStatementsAreReportedLikeOthers) {
    const dsql::statement division = session_.prepare("SELECT 1 / $1::int");
    batch statements;
    statements.add(division, 1).add(division, 0).add(division, 1);
    const batch_error failure = failure_of(session_, statements);
    EXPECT_EQ(failure.index(), 1U);
    EXPECT_EQ(failure.query(), division.sql());
    EXPECT_EQ(session_.query_value<int>(division, 1), 1);
}

TEST_F(BatchFailure, ValuesThatCannotBeSentFailWhenTheyAreAdded) {
    batch statements;
    statements.add("SELECT 1");
    EXPECT_THROW(statements.add("SELECT $1", std::string("a\0b", 3)), dsql::conversion_error);
    EXPECT_THROW(statements.add(std::string("SELECT 1\0", 9)), dsql::conversion_error);
    EXPECT_EQ(statements.size(), 1U);
    EXPECT_EQ(session_.run(statements)[0].value<int>(), 1);
}

}  // namespace batch_failure_test
