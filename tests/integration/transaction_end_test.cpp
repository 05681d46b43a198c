// SPDX-License-Identifier: Apache-2.0
// The outcome of a transaction when its connection, server or owner goes away.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/stalling_relay.hpp"
#include "support/thrown_message.hpp"
#include "support/without_descriptors.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

namespace transaction_end_test {

using dsql::connection;
using dsql::transaction;

class TransactionEnd : public testing::Test {
protected:
    TransactionEnd() {
        session_.execute("DROP TABLE IF EXISTS transaction_end");
        session_.execute("CREATE TABLE transaction_end (n int)");
    }
    ~TransactionEnd() override { session_.execute("DROP TABLE transaction_end"); }

    long rows() { return session_.query_value<long>("SELECT count(*) FROM transaction_end"); }

    // Inserts through a relay, and cuts the relay while it holds back the COMMIT or its result.
    void commit_and_cut(stalling_relay::direction held) {
        stalling_relay relay(std::stoi(required_variable("DSQL_PORT")));
        dsql::config settings = endpoint_under_test();
        settings.port = relay.port();
        connection cut = dsql::connect(settings);
        transaction unknown = cut.begin();
        unknown.execute("INSERT INTO transaction_end VALUES (1)");
        relay.stall_after(held, 0);
        std::jthread cutter([&] {
            relay.wait_until_stalled(held);
            relay.cut();
        });
        EXPECT_THROW(unknown.commit(), dsql::commit_unknown_error);
        EXPECT_FALSE(unknown.is_active());
        EXPECT_FALSE(cut.is_open());
    }

    connection session_ = dsql::connect(endpoint_under_test());
};

// A caller cannot distinguish the following two cases.
TEST_F(TransactionEnd, IsUnknownAndCommittedWhenTheResultIsLost) {
    commit_and_cut(stalling_relay::to_client);
    EXPECT_EQ(rows(), 1);
}

TEST_F(TransactionEnd, IsUnknownAndNotCommittedWhenTheCommitIsLost) {
    commit_and_cut(stalling_relay::to_server);
    EXPECT_EQ(rows(), 0);
}

TEST_F(TransactionEnd, OnASessionThatTheServerEnded) {
    connection ended = dsql::connect(endpoint_under_test());
    const int backend = ended.query_value<int>("SELECT pg_backend_pid()");
    {
        transaction lost = ended.begin();
        lost.execute("INSERT INTO transaction_end VALUES (1)");
        ASSERT_TRUE(session_.query_value<bool>("SELECT pg_terminate_backend($1)", backend));
        EXPECT_THROW(lost.execute("SELECT 1"), dsql::error);
        EXPECT_FALSE(ended.is_open());
        EXPECT_THROW(lost.execute("SELECT 1"), dsql::connection_error);
    }
    EXPECT_EQ(rows(), 0);
}

TEST_F(TransactionEnd, AssignmentRollsBackTheOldTransaction) {
    connection other = dsql::connect(endpoint_under_test());
    transaction kept = other.begin();
    kept.execute("INSERT INTO transaction_end VALUES (1)");
    kept = session_.begin();
    EXPECT_TRUE(other.is_idle());
    kept.execute("INSERT INTO transaction_end VALUES (2)");
    kept.commit();
    EXPECT_EQ(session_.query_value<int>("SELECT n FROM transaction_end"), 2);
}

TEST_F(TransactionEnd, AMovedFromObjectEndsNothing) {
    transaction first = session_.begin();
    const transaction second = std::move(first);
    EXPECT_TRUE(second.is_active());
    EXPECT_NE(thrown_message<dsql::error>([&] {
                  return first.execute("SELECT 1");  // NOLINT(bugprone-use-after-move)
              }).find("the transaction is over"),
              std::string::npos);
    first.rollback();  // NOLINT(bugprone-use-after-move)
    EXPECT_FALSE(session_.is_idle());
}

TEST_F(TransactionEnd, RollbackOfAFailedTransactionKeepsTheConnectionUsable) {
    transaction failed = session_.begin();
    failed.execute("INSERT INTO transaction_end VALUES (1)");
    EXPECT_THROW(failed.execute("SELECT 1/0"), dsql::server_error);
    failed.rollback();
    EXPECT_TRUE(session_.is_idle());
    EXPECT_EQ(rows(), 0);
}

TEST_F(TransactionEnd, AnUnsentRollbackIsRetried) {
    {
        transaction left = session_.begin();
        left.execute("INSERT INTO transaction_end VALUES (1)");
        EXPECT_THROW(left.rollback(dsql::within(std::chrono::seconds(0))), dsql::timeout_error);
        EXPECT_TRUE(left.is_active());
    }
    EXPECT_TRUE(session_.is_idle());
    EXPECT_EQ(rows(), 0);
    try {
        transaction left = session_.begin();
        for (const auto& [n] : left.stream<int>("SELECT generate_series(1, 100)")) {
            static_cast<void>(n);
            left.rollback();
        }
        ADD_FAILURE() << "the stream was under way";
    } catch (const dsql::error&) {
        EXPECT_TRUE(session_.is_idle());
    }
}

TEST_F(TransactionEnd, AStatementThatEndsItIsRejected) {
    transaction left = session_.begin();
    left.execute("INSERT INTO transaction_end VALUES (1)");
    EXPECT_NE(thrown_message<dsql::error>([&] { return left.execute("ROLLBACK"); })
                  .find("was not "
                        "sent"),
              std::string::npos);
    left.execute("INSERT INTO transaction_end VALUES (2)");
    left.commit();
    EXPECT_EQ(rows(), 2);
}

TEST_F(TransactionEnd, AnEndThroughTheLibpqHandleIsNoticed) {
    transaction ended = session_.begin();
    ended.execute("INSERT INTO transaction_end VALUES (1)");
    PQclear(PQexec(session_.native_handle(), "ROLLBACK"));
    EXPECT_THROW(ended.execute("INSERT INTO transaction_end VALUES (2)"), dsql::error);
    EXPECT_THROW(ended.commit(), dsql::error);
    // The object of the first transaction must not end the next one.
    {
        transaction next = session_.begin();
        EXPECT_THROW(ended.execute("SELECT 1"), dsql::error);
        { const transaction gone = std::move(ended); }
        next.execute("INSERT INTO transaction_end VALUES (3)");
        next.commit();
    }
    EXPECT_EQ(rows(), 1);
}

// Once the first byte of COMMIT is sent, the transaction may be committed, so an error of the
// client must not hide the outcome.
TEST_F(TransactionEnd, ACommitWorksWithoutAFreeDescriptor) {
    const std::stop_source never;
    transaction done = session_.begin();
    done.execute("INSERT INTO transaction_end VALUES (1)");
    {
        const without_descriptors none;
        done.commit(never.get_token());
    }
    EXPECT_EQ(rows(), 1);
}

TEST_F(TransactionEnd, ABeginStatementStartsATransaction) {
    session_.execute("BEGIN");
    const std::string message =
        thrown_message<dsql::error>([&] { return session_.begin().is_active(); });
    EXPECT_NE(message.find("inside a transaction"), std::string::npos) << message;
    session_.execute("ROLLBACK");
    session_.begin().commit();
}

TEST_F(TransactionEnd, AnOpenBeginStatementClosesAPoolsConnection) {
    dsql::pool pool(endpoint_under_test(), {.max_connections = 1});
    pool.acquire()->execute("BEGIN");
    EXPECT_EQ(pool.stat().idle_connections, 0);
    EXPECT_EQ(pool.query_value<int>("SELECT 1"), 1);
}

}  // namespace transaction_end_test
