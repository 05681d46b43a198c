// SPDX-License-Identifier: Apache-2.0
// transact_idempotent applies its work exactly once, even if a COMMIT or its result is lost.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/fault_injection.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace transact_idempotent_test {

using namespace std::chrono_literals;

const dsql::retry_policy soon{.max_retries = 5, .initial_wait = 1ms, .max_wait = 5ms};

class transact_idempotent : public testing::Test {
protected:
    transact_idempotent() {
        const dsql::retry_policy patient = dsql::retry_policy::patient();
        dsql::execute_with_retry(pool_, patient, "DROP TABLE IF EXISTS idempotent_log");
        dsql::execute_with_retry(pool_, patient, "DROP TABLE IF EXISTS dsql_idempotency_ledger");
        dsql::execute_with_retry(pool_, patient, "CREATE TABLE idempotent_log (entry text)");
        dsql::create_ledger(pool_);
        // Makes every connection of the pool see the schema change before the test.
        dsql::execute_with_retry(pool_, patient, "SELECT 1 FROM idempotent_log");
    }

    // Returns the result of the call, and sets `runs` to the number of runs of the body.
    std::optional<int> apply(const std::string& key, int& runs) {
        return dsql::transact_idempotent(pool_, soon, key, [&](dsql::transaction& tx) {
            ++runs;
            tx.execute("INSERT INTO idempotent_log VALUES ($1)", key);
            return runs;
        });
    }
    [[nodiscard]] int entries() {
        return dsql::retrying_pool(pool_, soon)
            .query_value<int>("SELECT count(*)::int FROM idempotent_log");
    }

    fault_injection faults_{};
    dsql::pool pool_{endpoint_under_test(), {.max_connections = 2}};
};

TEST_F(transact_idempotent, AppliesAKeyOnce) {
    int runs = 0;
    EXPECT_EQ(apply("order 1", runs), 1);
    EXPECT_EQ(apply("order 1", runs), std::nullopt);
    EXPECT_EQ(apply("order 2", runs), 2);
    EXPECT_EQ(entries(), 2);
}

TEST_F(transact_idempotent, DetectsThatACommitWithoutAResultHappened) {
    int runs = 0;
    faults_.set("cut-after-commit times=1");
    EXPECT_EQ(apply("order 1", runs), 1) << "what the committed try returned";
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(entries(), 1);
}

TEST_F(transact_idempotent, DetectsThatACommitWithoutAResultDidNotHappen) {
    int runs = 0;
    faults_.set("server-unavailable-at-commit times=1");
    EXPECT_EQ(apply("order 1", runs), 2);
    faults_.set("cut-before-commit times=1");
    EXPECT_EQ(apply("order 2", runs), 4);
    EXPECT_EQ(entries(), 2);
}

TEST_F(transact_idempotent, RetriesConflicts) {
    int runs = 0;
    faults_.set("data-conflict times=3");
    EXPECT_EQ(apply("order 1", runs), 4);
    EXPECT_EQ(entries(), 1);
}

TEST_F(transact_idempotent, ReportsAnUnknownOutcomeInTheEnd) {
    int runs = 0;
    faults_.set("server-unavailable-at-commit value=committed times=1");
    EXPECT_THROW(
        dsql::transact_idempotent(pool_, dsql::retry_policy{.max_retries = 0}, "order 1",
                                  [&](dsql::transaction& tx) {
                                      ++runs;
                                      tx.execute("INSERT INTO idempotent_log VALUES ('a')");
                                  }),
        dsql::commit_unknown_error);
    EXPECT_FALSE(dsql::transact_idempotent(pool_, "order 1", [&](dsql::transaction&) { ++runs; }))
        << "done by the call before";
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(entries(), 1);
}

TEST_F(transact_idempotent, ConflictsInRetriesKeepTheOutcomeUnknown) {
    int tries = 0;
    EXPECT_THROW(dsql::transact_idempotent(
                     pool_, soon, "order 1",
                     [&](dsql::transaction& tx) {
                         tx.execute("INSERT INTO idempotent_log VALUES ('a')");
                         // The COMMIT was rolled back without a result, so the next attempts run
                         // the body.
                         faults_.set(++tries == 1 ? "server-unavailable-at-commit times=1"
                                                  : "data-conflict times=1");
                     }),
                 dsql::commit_unknown_error);
    EXPECT_EQ(tries, 6);
}

TEST_F(transact_idempotent, DoesNotConfuseItsCommitWithAnothers) {
    int runs = 0;
    faults_.set("cut-after-commit times=1");
    EXPECT_THROW(
        dsql::transact_idempotent(pool_, soon, "key",
                                  [&](dsql::transaction&) {
                                      ++runs;
                                      dsql::transact(pool_, soon, [&](dsql::transaction& tx) {
                                          tx.execute("INSERT INTO idempotent_log VALUES ('a')");
                                      });
                                  }),
        dsql::commit_unknown_error);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(entries(), 1);
}

TEST_F(transact_idempotent, WithoutAResultReturnsWhetherItWasApplied) {
    const auto nothing = [](dsql::transaction&) {
    };
    EXPECT_TRUE(dsql::transact_idempotent(pool_, "key", nothing));
    EXPECT_FALSE(dsql::transact_idempotent(pool_, "key", nothing));
}

TEST_F(transact_idempotent, ReturnsMoveOnlyResults) {
    faults_.set("cut-after-commit times=1");
    const auto applied = dsql::transact_idempotent(
        pool_, "key", [](dsql::transaction&) { return std::make_unique<int>(7); });
    ASSERT_TRUE(applied);
    EXPECT_EQ(**applied, 7);
}

TEST_F(transact_idempotent, AFailingBodyAppliesNothing) {
    EXPECT_THROW(dsql::transact_idempotent(pool_, "key",
                                           [](dsql::transaction&) { throw dsql::error("no"); }),
                 dsql::error);
    EXPECT_TRUE(dsql::transact_idempotent(pool_, "key", [](dsql::transaction&) {}));
}

TEST_F(transact_idempotent, RejectsInvalidKeys) {
    const auto nothing = [](dsql::transaction&) {
    };
    EXPECT_THROW(dsql::transact_idempotent(pool_, "", nothing), dsql::config_error);
    EXPECT_THROW(dsql::transact_idempotent(pool_, std::string(1'001, 'x'), nothing),
                 dsql::config_error);
    EXPECT_TRUE(dsql::transact_idempotent(pool_, std::string(1'000, 'x'), nothing));
}

TEST_F(transact_idempotent, AMissingLedgerIsNamed) {
    try {
        dsql::transact_idempotent(pool_, "key", [](dsql::transaction&) {},
                                  {.table = "no_such_ledger"});
        FAIL() << "no exception";
    } catch (const dsql::server_error& failure) {
        EXPECT_EQ(failure.sqlstate(), "42P01");
        EXPECT_NE(std::string(failure.what()).find("no_such_ledger"), std::string::npos);
    }
}

TEST_F(transact_idempotent, PrunesOldKeys) {
    for (int i = 0; i < 3; ++i) {
        dsql::transact_idempotent(pool_, std::to_string(i), [](dsql::transaction&) {});
    }
    pool_.execute(
        "UPDATE dsql_idempotency_ledger SET applied_at = now() - interval '2 days' "
        "WHERE key <> '0'");
    EXPECT_EQ(dsql::prune_ledger(pool_, 24h), 2);
    EXPECT_EQ(pool_.query_value<std::string>("SELECT key FROM dsql_idempotency_ledger"), "0");
    EXPECT_THROW(dsql::prune_ledger(pool_, -1s), dsql::config_error);
}

TEST_F(transact_idempotent, AcceptsALedgerWithAnotherName) {
    const dsql::idempotency_ledger ledger{.schema = "public", .table = "Odd \"name\""};
    dsql::create_ledger(pool_, ledger);
    dsql::create_ledger(pool_, ledger);
    EXPECT_TRUE(dsql::transact_idempotent(
        pool_, "key", [](dsql::transaction&) {}, ledger));
    EXPECT_FALSE(dsql::transact_idempotent(
        pool_, "key", [](dsql::transaction&) {}, ledger));
    dsql::execute_with_retry(pool_, "DROP TABLE public.\"Odd \"\"name\"\"\"");
}

}  // namespace transact_idempotent_test
