// SPDX-License-Identifier: Apache-2.0
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <utility>

namespace transaction_test {

using dsql::transaction;

class Transaction : public testing::Test {
protected:
    Transaction() { session_.execute("CREATE TEMP TABLE things (n int PRIMARY KEY)"); }
    long things() { return session_.query_value<long>("SELECT count(*) FROM things"); }

    dsql::connection session_ = dsql::connect(endpoint_under_test());
};

TEST_F(Transaction, CommitKeepsAndTheDestructorRollsBack) {
    {
        transaction kept = session_.begin();
        kept.execute("INSERT INTO things VALUES (1)");
        kept.commit();
        EXPECT_FALSE(kept.is_active());
        EXPECT_THROW(kept.execute("SELECT 1"), dsql::error);
        EXPECT_THROW(kept.commit(), dsql::error);
        kept.rollback();
    }
    {
        transaction given_up = session_.begin();
        given_up.execute("INSERT INTO things VALUES (2)");
    }
    EXPECT_EQ(things(), 1);
    EXPECT_TRUE(session_.is_idle());
}

TEST_F(Transaction, AnExceptionRollsBack) {
    EXPECT_THROW(
        {
            transaction failing = session_.begin();
            failing.execute("INSERT INTO things VALUES (1)");
            throw std::runtime_error("the caller's");
        },
        std::runtime_error);
    EXPECT_EQ(things(), 0);
}

TEST_F(Transaction, TheMovedToObjectEndsTheTransaction) {
    transaction moved = [this] {
        transaction inside = session_.begin();
        inside.execute("INSERT INTO things VALUES (1)");
        return inside;
    }();
    dsql::connection elsewhere = std::move(session_);
    moved.commit();
    session_ = std::move(elsewhere);
    EXPECT_EQ(things(), 1);
}

TEST_F(Transaction, ReadOnlyRejectsWrites) {
    transaction reading = session_.begin({.read_only = true});
    EXPECT_EQ(reading.query_value<std::string>("SHOW transaction_read_only"), "on");
    try {
        reading.execute("CREATE TABLE never (n int)");
        FAIL() << "it was written";
    } catch (const dsql::server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "25006");
    }
}

TEST_F(Transaction, NestingIsAnError) {
    const transaction outer = session_.begin();
    EXPECT_THROW(static_cast<void>(session_.begin()), dsql::error);
}

TEST_F(Transaction, ACommitAfterAFailureIsAnError) {
    transaction failing = session_.begin();
    failing.execute("INSERT INTO things VALUES (1)");
    EXPECT_THROW(failing.execute("SELECT 1/0"), dsql::server_error);
    try {
        failing.execute("SELECT 1");
        FAIL() << "it was run";
    } catch (const dsql::server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "25P02");
    }
    EXPECT_THROW(failing.commit(), dsql::transaction_rolled_back_error);
    EXPECT_FALSE(failing.is_active());
    EXPECT_EQ(things(), 0);
}

TEST_F(Transaction, ACommitThatTheServerRejectsIsAServerError) {
    session_.execute(
        "CREATE TEMP TABLE deferred (n int REFERENCES things DEFERRABLE INITIALLY DEFERRED)");
    transaction failing = session_.begin();
    failing.execute("INSERT INTO deferred VALUES (1)");
    try {
        failing.commit();
        FAIL() << "it was committed";
    } catch (const dsql::server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "23503");
        EXPECT_EQ(failure.query(), "COMMIT");
        EXPECT_STREQ(failure.where().file_name(), __FILE__);
    }
    EXPECT_TRUE(session_.is_idle());
}

TEST_F(Transaction, OnAClosedConnectionNothingIsSent) {
    transaction cut = session_.begin();
    session_.close();
    try {
        cut.commit();
        FAIL() << "it was committed";
    } catch (const dsql::connection_error& failure) {
        EXPECT_FALSE(failure.statement_may_have_run());
    }
}

TEST_F(Transaction, OnAPoolsConnection) {
    dsql::pool pool(endpoint_under_test(), {.max_connections = 1});
    {
        const dsql::pooled_connection session = pool.acquire();
        transaction inside = session->begin();
        EXPECT_EQ(inside.query_value<int>("SELECT 1"), 1);
        inside.rollback();
    }
    EXPECT_EQ(pool.stat().idle_connections, 1) << "it can be used again";
}

}  // namespace transaction_test
