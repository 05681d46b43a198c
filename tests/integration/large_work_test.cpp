// SPDX-License-Identifier: Apache-2.0
// Work that DSQL does in chunks or in the background: chunks within the row limit, asynchronous
// indexes, and the errors when a transaction exceeds a limit.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/fault_injection.hpp"
#include "support/restartable_endpoint.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <string>
#include <vector>

namespace large_work_test {

using namespace std::chrono_literals;

const dsql::retry_policy patient = dsql::retry_policy::patient();

void insert_all(dsql::transaction& tx, const auto& numbers) {
    dsql::batch inserts;
    for (const int number : numbers) {
        inserts.add("INSERT INTO chunked VALUES ($1)", number);
    }
    static_cast<void>(tx.run(inserts));
}

// The endpoint of the other tests has no row limit. This one has the limit of DSQL.
TEST(LargeWork, ChunksStayWithinTheRowLimit) {
    const restartable_endpoint endpoint;
    dsql::pool pool(endpoint.settings());
    dsql::execute_with_retry(pool, patient, "CREATE TABLE chunked (number int)");
    std::vector<int> numbers(7'500);
    std::iota(numbers.begin(), numbers.end(), 0);

    try {
        dsql::transact(pool, [&](dsql::transaction& tx) { insert_all(tx, numbers); });
        FAIL() << "no exception";
    } catch (const dsql::batch_error& failure) {
        EXPECT_EQ(failure.index(), 3'000U) << failure.what();
        EXPECT_EQ(failure.sqlstate(), "54000");
    }

    int transactions = 0;
    dsql::in_chunks(numbers, 3'000, [&](const auto& part) {
        ++transactions;
        dsql::transact(pool, [&](dsql::transaction& tx) { insert_all(tx, part); });
    });
    EXPECT_EQ(transactions, 3);
    EXPECT_EQ(pool.query_value<std::int64_t>("SELECT count(*) FROM chunked"), 7'500);
}

TEST(LargeWork, TooManyRowsAreALimitExceededError) {
    const restartable_endpoint endpoint;
    dsql::connection connection = dsql::connect(endpoint.settings());
    connection.execute("CREATE TABLE chunked (number int)");
    try {
        connection.execute("INSERT INTO chunked SELECT generate_series(1, 3001)");
        FAIL() << "no exception";
    } catch (const dsql::limit_exceeded_error& failure) {
        EXPECT_EQ(failure.limit(), dsql::exceeded_limit::transaction_rows) << failure.what();
    }
    EXPECT_EQ(connection.execute("INSERT INTO chunked SELECT generate_series(1, 3000)"), 3'000);
}

TEST(LargeWork, ATransactionThatIsTooOldIsALimitExceededError) {
    const restartable_endpoint endpoint({"--transaction-time-limit", "0.2"});
    dsql::connection connection = dsql::connect(endpoint.settings());
    connection.execute("CREATE TABLE old (number int)");
    dsql::transaction tx = connection.begin();
    tx.execute("INSERT INTO old VALUES (1)");
    static_cast<void>(tx.query("SELECT pg_sleep(0.3)"));
    try {
        tx.commit();
        FAIL() << "no exception";
    } catch (const dsql::limit_exceeded_error& failure) {
        EXPECT_EQ(failure.limit(), dsql::exceeded_limit::transaction_age) << failure.what();
        EXPECT_EQ(failure.fields().message, "transaction age limit of 0.2s exceeded");
    }
    EXPECT_EQ(connection.query_value<std::int64_t>("SELECT count(*) FROM old"), 0);
}

class async_index : public testing::Test {
protected:
    async_index() {
        dsql::execute_with_retry(pool_, patient, "DROP TABLE IF EXISTS indexed");
        dsql::execute_with_retry(pool_, patient, "CREATE TABLE indexed (id int, name text)");
        dsql::execute_with_retry(pool_, patient, "INSERT INTO indexed VALUES (1, 'a'), (2, 'a')");
    }

    dsql::pool pool_{endpoint_under_test(), {.max_connections = 2}};
};

TEST_F(async_index, WaitReportsProgress) {
    const std::string id =
        dsql::create_index_async(pool_, "CREATE INDEX ASYNC indexed_by_name ON indexed (name)");
    EXPECT_EQ(id.size(), 26U);
    std::vector<std::string> seen;
    const dsql::async_job done =
        dsql::wait_for_job(pool_, id, dsql::within{60s},
                           [&seen](const dsql::async_job& job) { seen.push_back(job.status); });
    EXPECT_TRUE(done.is_completed());
    EXPECT_EQ(done.id, id);
    EXPECT_EQ(done.type, "INDEX_BUILD");
    EXPECT_NE(done.object_name.find("indexed_by_name"), std::string::npos) << done.object_name;
    ASSERT_GE(seen.size(), 2U);
    EXPECT_NE(seen.front(), "completed");
    EXPECT_EQ(seen.back(), "completed");
}

TEST_F(async_index, WorksOnAConnection) {
    dsql::connection connection = dsql::connect(endpoint_under_test());
    const std::string id = dsql::create_index_async(
        connection, "/* a comment */ create unique index async on indexed (id)");
    EXPECT_TRUE(dsql::wait_for_job(connection, id, dsql::within{60s}).is_completed());
}

TEST_F(async_index, AFailureHasItsReason) {
    const std::string id =
        dsql::create_index_async(pool_, "CREATE UNIQUE INDEX ASYNC indexed_once ON indexed (name)");
    try {
        dsql::wait_for_job(pool_, id, dsql::within{60s});
        FAIL() << "no exception";
    } catch (const dsql::job_failed_error& failure) {
        EXPECT_TRUE(failure.job().is_failed());
        EXPECT_EQ(failure.job().id, id);
        EXPECT_FALSE(failure.job().details.empty());
        EXPECT_NE(std::string(failure.what()).find(failure.job().details), std::string::npos);
    }
}

TEST_F(async_index, TheWaitHasATimeout) {
    const std::string id =
        dsql::create_index_async(pool_, "CREATE INDEX ASYNC indexed_late ON indexed (id)");
    EXPECT_THROW(dsql::wait_for_job(pool_, id, dsql::within{0ms}), dsql::timeout_error);
    std::stop_source stop;
    EXPECT_THROW(dsql::wait_for_job(pool_, id, {dsql::within{60s}, stop.get_token()},
                                    [&stop](const dsql::async_job&) { stop.request_stop(); }),
                 dsql::cancelled_error);
    EXPECT_TRUE(dsql::wait_for_job(pool_, id, dsql::within{60s}).is_completed());
}

TEST_F(async_index, AZeroTimeoutStillChecksOnceAndRetriesTransientErrors) {
    const std::string id =
        dsql::create_index_async(pool_, "CREATE INDEX ASYNC indexed_twice ON indexed (id)");
    fault_injection faults;
    faults.set("server-unavailable times=2");
    EXPECT_TRUE(dsql::wait_for_job(pool_, id, dsql::within{60s}).is_completed());
    EXPECT_TRUE(dsql::wait_for_job(pool_, id, dsql::within{0ms}).is_completed());
}

TEST_F(async_index, AnUnknownJobIsAnError) {
    EXPECT_THROW(dsql::wait_for_job(pool_, "aaaaaaaaaaaaaaaaaaaaaaaaaa", dsql::within{60s}),
                 dsql::job_failed_error);
    EXPECT_TRUE(dsql::wait_for_job(pool_, "", dsql::within{60s}).is_completed()) << "nothing to do";
}

TEST_F(async_index, OtherStatementsAreRejected) {
    for (const char* const statement :
         {"CREATE INDEX i ON indexed (id)", "DROP TABLE indexed", "", "CREATE UNIQUE INDEX"}) {
        EXPECT_THROW(static_cast<void>(dsql::create_index_async(pool_, statement)),
                     dsql::config_error)
            << statement;
    }
}

// The numbers are made up.
TEST_F(async_index, DpuEstimatesAreRead) {
    const dsql::dpu_estimate estimate =
        dsql::explain_dpu(pool_, "DELETE FROM indexed WHERE id = $1", 1);
    EXPECT_DOUBLE_EQ(estimate.compute, 0.01607);
    EXPECT_DOUBLE_EQ(estimate.read, 0.04312);
    EXPECT_DOUBLE_EQ(estimate.total, 0.05919);
    EXPECT_NE(estimate.plan.find("Statement DPU Estimate:"), std::string::npos) << estimate.plan;
    EXPECT_EQ(pool_.query_value<std::int64_t>("SELECT count(*) FROM indexed"), 2)
        << "what it ran is rolled back";
}

}  // namespace large_work_test
