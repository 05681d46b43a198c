// SPDX-License-Identifier: Apache-2.0
// Transactions that are retried, with an endpoint that produces conflicts and faults.
#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"
#include "support/fault_injection.hpp"
#include "support/random_seed.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <cctype>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace transact_test {

using namespace std::chrono_literals;

const dsql::retry_policy soon{.max_retries = 5, .initial_wait = 1ms, .max_wait = 5ms};

class transact : public testing::Test {
protected:
    transact() {
        dsql::execute_with_retry(pool_, dsql::retry_policy::patient(),
                                 "DROP TABLE IF EXISTS transact_counters");
        dsql::execute_with_retry(pool_, dsql::retry_policy::patient(),
                                 "CREATE TABLE transact_counters (id int PRIMARY KEY, value int)");
        dsql::execute_with_retry(pool_, soon,
                                 "INSERT INTO transact_counters VALUES (1, 0), (2, 0)");
    }

    [[nodiscard]] int counter(int id = 1) {
        return dsql::retrying_pool(pool_, soon)
            .query_value<int>("SELECT value FROM transact_counters WHERE id = $1", id);
    }

    static void increment(dsql::transaction& tx, int id = 1) {
        tx.execute("UPDATE transact_counters SET value = value + 1 WHERE id = $1", id);
    }

    // Runs an increment with an injected fault, and returns how many times the body ran.
    int runs_at(const std::string& fault) {
        faults_.set(fault);
        int runs = 0;
        dsql::transact(pool_, soon, [&](dsql::transaction& tx) {
            ++runs;
            increment(tx);
        });
        return runs;
    }

    fault_injection faults_{};
    dsql::pool pool_{endpoint_under_test(), {.max_connections = 4}};
};

TEST_F(transact, ReturnsTheResultOfTheBody) {
    EXPECT_EQ(dsql::transact(pool_,
                             [](dsql::transaction& tx) {
                                 increment(tx);
                                 return tx.query_value<int>(
                                     "SELECT value FROM transact_counters WHERE id = 1");
                             }),
              1);
    const std::unique_ptr<std::string> moved = dsql::transact(
        pool_, [](dsql::transaction&) { return std::make_unique<std::string>("moved"); });
    EXPECT_EQ(*moved, "moved");
    EXPECT_EQ(counter(), 1);
}

TEST_F(transact, AnExceptionOfTheBodyRollsBack) {
    int runs = 0;
    EXPECT_THROW(dsql::transact(pool_,
                                [&](dsql::transaction& tx) {
                                    ++runs;
                                    increment(tx);
                                    throw std::string("no");
                                }),
                 std::string);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(counter(), 0);
}

TEST_F(transact, TheBodyMayEndTheTransaction) {
    dsql::transact(pool_, [](dsql::transaction& tx) {
        increment(tx);
        tx.rollback();
    });
    EXPECT_EQ(counter(), 0);
    dsql::transact(pool_, [](dsql::transaction& tx) {
        increment(tx);
        tx.commit();
    });
    EXPECT_EQ(counter(), 1);
}

TEST_F(transact, RetriesAfterARealConflict) {
    int runs = 0;
    dsql::transact(pool_, soon, [&](dsql::transaction& tx) {
        const int seen = tx.query_value<int>("SELECT value FROM transact_counters WHERE id = 1");
        if (++runs == 1) {
            pool_.execute("UPDATE transact_counters SET value = 10 WHERE id = 1");
        }
        tx.execute("UPDATE transact_counters SET value = $1 WHERE id = 1", seen + 1);
    });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(counter(), 11);
    EXPECT_EQ(pool_.stat().occ_retries, 1);
}

TEST_F(transact, DoesNotWaitForAnotherWriter) {
    dsql::pooled_transaction other = pool_.begin();
    increment(other);
    dsql::pooled_transaction late = pool_.begin();
    try {
        increment(late);  // fails here in the dialect of PostgreSQL, and at COMMIT in that of DSQL
        other.commit();
        late.commit();
        FAIL() << "no exception";
    } catch (const dsql::occ_conflict& conflict) {
        EXPECT_EQ(conflict.kind(), dsql::conflict_kind::data);
        EXPECT_EQ(conflict.sqlstate(), "40001");
    }
}

TEST_F(transact, RetriesAfterASchemaChange) {
    dsql::connection other = dsql::connect(endpoint_under_test());
    int runs = 0;
    dsql::transact(pool_, soon, [&](dsql::transaction& tx) {
        if (++runs == 1) {
            other.execute("CREATE TABLE transact_other ()");
        }
        increment(tx);
    });
    other.execute("DROP TABLE transact_other");
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(counter(), 1);
}

TEST_F(transact, RetriesAfterTransientErrors) {
    EXPECT_EQ(runs_at("data-conflict times=2"), 3);
    EXPECT_EQ(runs_at("schema-conflict times=1"), 2);
    EXPECT_EQ(runs_at("server-unavailable times=2"), 3) << "before the first COMMIT";
    EXPECT_EQ(counter(), 3);
}

TEST_F(transact, RetriesOnAnotherConnectionAfterALossBeforeCommit) {
    int runs = 0;
    dsql::transact(pool_, soon, [&](dsql::transaction& tx) {
        increment(tx);
        if (++runs == 1) {
            tx.execute("SELECT pg_terminate_backend(pg_backend_pid())");
        }
    });
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(counter(), 1);
}

// Sends a statement that would end the transaction, through every function that sends statements.
TEST_F(transact, RejectsStatementsThatEndTheTransactionInEveryFunction) {
    dsql::connection single = dsql::connect(endpoint_under_test());
    for (const std::string sql :
         {"COMMIT", "/* by hand */ commit", "END", ";COMMIT", "-- a comment\rCOMMIT",
          "COMMIT AND CHAIN", "ROLLBACK", "abort", "PREPARE TRANSACTION 'x'"}) {
        const dsql::statement prepared = single.prepare("SELECT 1");
        const std::optional<dsql::statement> ending =
            sql == "COMMIT" ? std::optional(single.prepare(sql)) : std::nullopt;
        const std::function<void(dsql::transaction&)> ways[] = {
            [&](dsql::transaction& tx) { tx.execute(sql); },
            [&](dsql::transaction& tx) { static_cast<void>(tx.query<int>(sql)); },
            [&](dsql::transaction& tx) {
                dsql::batch b;
                b.add("UPDATE transact_counters SET value = value + 1 WHERE id = 1").add(sql);
                static_cast<void>(tx.run(b));
            },
            [&](dsql::transaction& tx) {
                for (const auto& row : tx.stream<int>(sql)) {
                    static_cast<void>(row);
                }
            },
            [&](dsql::transaction& tx) { static_cast<void>(tx.copy_in(sql)); },
            [&](dsql::transaction& tx) { tx.copy_out_to(sql, [](std::string_view) {}); },
            [&](dsql::transaction&) { single.execute(sql); },
            [&](dsql::transaction&) {
                static_cast<void>(single.run(dsql::batch().add(prepared).add(sql)));
            },
            [&](dsql::transaction& tx) { ending ? tx.execute(*ending) : tx.execute(sql); },
        };
        for (const auto& way : ways) {
            const int before = counter();
            int runs = 0;
            faults_.set("cut-after-commit times=1");
            const std::string message = thrown_message<dsql::error>([&] {
                dsql::transact(single, soon, [&](dsql::transaction& tx) {
                    ++runs;
                    increment(tx);
                    way(tx);
                });
            });
            faults_.clear();
            EXPECT_NE(message.find("was not sent"), std::string::npos) << sql << ": " << message;
            EXPECT_EQ(runs, 1) << sql;
            EXPECT_EQ(counter(), before) << sql;
            EXPECT_TRUE(single.is_idle()) << sql;
        }
    }
    EXPECT_EQ(single.execute("COMMIT"), 0) << "without a transaction's object it is the program's";
}

TEST_F(transact, DoesNotConfuseErrorsOfOtherConnectionsWithItsOwn) {
    int runs = 0;
    faults_.set("cut-after-commit times=1");
    EXPECT_THROW(
        dsql::transact(pool_, soon,
                       [&](dsql::transaction&) {
                           ++runs;
                           pool_.execute(
                               "UPDATE transact_counters SET value = value + 1 WHERE id = 2");
                       }),
        dsql::connection_error);
    EXPECT_EQ(runs, 1);
    EXPECT_EQ(counter(2), 1);
    EXPECT_THROW(dsql::transact(pool_, soon,
                                [&](dsql::transaction&) {
                                    ++runs;
                                    throw dsql::connection_error("of the body's own", true);
                                }),
                 dsql::connection_error);
    EXPECT_EQ(runs, 2);
    faults_.set("data-conflict times=1");
    dsql::transact(pool_, soon, [&](dsql::transaction&) {
        ++runs;
        pool_.execute("UPDATE transact_counters SET value = value + 1 WHERE id = 2");
    });
    EXPECT_EQ(runs, 4) << "nothing of a conflict remains, wherever it was";
    EXPECT_EQ(counter(2), 2);
}

TEST_F(transact, DoesNotRepeatACommitOfTheBody) {
    dsql::connection single = dsql::connect(endpoint_under_test());
    for (const bool by_libpq : {false, true}) {
        int runs = 0;
        EXPECT_THROW(
            dsql::transact(single, soon,
                           [&](dsql::transaction& tx) {
                               ++runs;
                               increment(tx);
                               if (by_libpq) {
                                   PQclear(PQexec(single.native_handle(), "COMMIT"));
                               } else {
                                   tx.commit();
                               }
                               faults_.set("data-conflict times=1");
                               pool_.execute("UPDATE transact_counters SET value = 9 WHERE id = 2");
                           }),
            dsql::occ_conflict);
        EXPECT_EQ(runs, 1);
    }
    EXPECT_EQ(counter(), 2);
}

// This must hold wherever the transaction object is, and whether or not the result arrived.
TEST_F(transact, DoesNotRepeatWhatMayBeCommittedAfterTheObjectMoved) {
    const auto conflict = [&] {
        faults_.set("data-conflict times=1");
        pool_.execute("UPDATE transact_counters SET value = 9 WHERE id = 2");
    };
    const std::function<void(dsql::transaction&)> bodies[] = {
        [&](dsql::transaction& tx) {
            dsql::transaction moved = std::move(tx);
            moved.commit();
            conflict();
        },
        [&](dsql::transaction& tx) {
            tx.commit();
            tx = pool_.begin();
            conflict();
        },
        [&](dsql::transaction& tx) {
            faults_.set("cut-after-commit times=1");
            EXPECT_THROW(tx.commit(), dsql::commit_unknown_error);
            conflict();
        },
        [&](dsql::transaction& tx) {
            faults_.set("server-unavailable-at-commit times=1 value=committed");
            EXPECT_THROW(tx.commit(), dsql::commit_unknown_error);
            conflict();
        },
    };
    for (const auto& body : bodies) {
        const int before = counter();
        int runs = 0;
        EXPECT_THROW(dsql::transact(pool_, soon,
                                    [&](dsql::transaction& tx) {
                                        ++runs;
                                        increment(tx);
                                        body(tx);
                                    }),
                     dsql::occ_conflict);
        faults_.clear();
        EXPECT_EQ(runs, 1);
        EXPECT_EQ(counter(), before + 1);
    }
    // A transaction object that outlives the body, so that transact could not commit it.
    std::optional<dsql::transaction> kept;
    EXPECT_THROW(dsql::transact(pool_, soon,
                                [&](dsql::transaction& tx) {
                                    increment(tx);
                                    kept = std::move(tx);
                                }),
                 dsql::error);
}

// Returns a statement that ends a transaction, in one of the many spellings that the server
// accepts.
std::string any_spelling(std::mt19937_64& random) {
    const auto any = [&random](int count) {
        return std::uniform_int_distribution<int>(0, count - 1)(random);
    };
    const auto any_space = [&] {
        const char* const spaces[] = {" ",      "\n",     "\t",       "/* COMMIT */",
                                      "-- x\n", "-- x\r", "/*/**/*/", "\f"};
        std::string space;
        for (int i = any(3); i >= 0; --i) {
            space += spaces[any(8)];
        }
        return space;
    };
    const std::vector<std::string> statements[] = {{"COMMIT"},
                                                   {"END"},
                                                   {"ROLLBACK"},
                                                   {"ABORT"},
                                                   {"COMMIT", "WORK"},
                                                   {"END", "TRANSACTION"},
                                                   {"ROLLBACK", "AND", "CHAIN"},
                                                   {"COMMIT", "AND", "NO", "CHAIN"},
                                                   {"PREPARE", "TRANSACTION", "'x'"}};
    std::string sql;
    for (int i = any(3); i > 0; --i) {
        sql += any(2) == 0 ? ";" : any_space();
    }
    for (const std::string& word : statements[any(9)]) {
        for (const char c : word) {
            sql += any(2) == 0 ? static_cast<char>(std::tolower(c)) : c;
        }
        sql += any_space();
    }
    return sql + (any(2) == 0 ? ";" : "");
}

// For any actions of the body and any faults: the increment was applied exactly once when transact
// has returned, and at most once when it has thrown.
TEST_F(transact, AppliesAnIncrementOnceForRandomBodies) {
    const auto seed = random_seed();
    std::mt19937_64 random(seed);
    SCOPED_TRACE("DSQL_TEST_SEED=" + std::to_string(seed));
    const char* const faults[] = {"cut-after-commit times=1", "cut-before-commit times=1",
                                  "data-conflict times=1",
                                  "server-unavailable-at-commit times=1 value=committed"};
    const auto any = [&random](int count) {
        return std::uniform_int_distribution<int>(0, count - 1)(random);
    };
    for (int round = 0; round < 150 && !HasFailure(); ++round) {
        const int before = counter();
        const std::string sql = any_spelling(random);
        const int way = any(8);
        const int fault = any(8);
        bool refused = false;
        bool returned = false;
        if (fault < 4) {
            faults_.set(faults[fault]);
        }
        try {
            dsql::transact(pool_, soon, [&](dsql::transaction& tx) {
                increment(tx);
                try {
                    switch (way) {
                        case 0:
                            tx.execute(sql);
                            break;
                        case 1:
                            static_cast<void>(tx.run(dsql::batch().add("SELECT 1").add(sql)));
                            break;
                        case 2:
                            for (const auto& row : tx.stream<int>(sql)) {
                                static_cast<void>(row);
                            }
                            break;
                        case 3:
                            tx.copy_out_to(sql, [](std::string_view) {});
                            break;
                        case 4:
                            tx.commit();
                            throw dsql::occ_conflict({.sqlstate = "40001", .message = "OC000"});
                        case 5: {
                            dsql::transaction moved = std::move(tx);
                            moved.commit();
                            break;
                        }
                        default:
                            break;
                    }
                    EXPECT_GE(way, 4) << "it was run: " << sql;
                } catch (const dsql::error& failure) {
                    refused = refused ||
                              std::string(failure.what()).find("was not sent") != std::string::npos;
                    throw;
                }
            });
            returned = true;
        } catch (const dsql::error&) {
            EXPECT_GE(counter(), before);
        }
        faults_.clear();
        const int done = counter() - before;
        EXPECT_LE(done, 1) << "way " << way << ", fault " << fault;
        EXPECT_TRUE(!returned || done == 1) << "way " << way << ", fault " << fault;
        EXPECT_TRUE(way >= 4 || (refused && done == 0)) << sql;
    }
}

TEST_F(transact, DoesNotRepeatABatchThatCommitsInItsMiddle) {
    dsql::batch statements;
    statements.add("UPDATE transact_counters SET value = value + 1 WHERE id = 1")
        .add("COMMIT")
        .add("UPDATE transact_counters SET value = value + 1 WHERE id = 2");
    EXPECT_NE(thrown_message<dsql::error>([&] {
                  return dsql::retrying_pool(pool_, soon).run(statements).size();
              }).find("nothing was sent"),
              std::string::npos);
    EXPECT_EQ(counter(), 0);
}

// A statement that was prepared before a schema change fails once in a transaction, where the
// library cannot repeat a single statement.
TEST_F(transact, RetriesAtOnceAfterAStaleStatement) {
    const auto read = [](dsql::transaction& tx) {
        return tx.query("SELECT * FROM transact_stale").column_count();
    };
    const dsql::retry_policy policies[] = {{},
                                           soon,
                                           dsql::retry_policy{.max_retries = 0},
                                           dsql::retry_policy{.initial_wait = 1h, .max_wait = 1h}};
    for (const dsql::retry_policy& policy : policies) {
        dsql::connection single = dsql::connect(endpoint_under_test());
        // Changes the schema without the library seeing it, and without a conflict error.
        const auto behind_its_back = [&](const char* sql) {
            PQclear(PQexec(single.native_handle(), sql));
        };
        single.execute("CREATE TEMP TABLE transact_stale (id int)");
        EXPECT_EQ(dsql::transact(single, read), 1);
        EXPECT_EQ(dsql::transact(single, read), 1);
        behind_its_back("ALTER TABLE transact_stale ADD COLUMN more int");
        EXPECT_EQ(dsql::transact(single, policy, read), 2);
        behind_its_back("DEALLOCATE ALL");
        EXPECT_EQ(dsql::transact(single, policy, read), 2);
        behind_its_back("ALTER TABLE transact_stale ADD COLUMN most int");
        EXPECT_THROW(dsql::transact(single, dsql::no_retry, read), dsql::server_error);
        EXPECT_EQ(dsql::transact(single, dsql::no_retry, read), 3);
    }
}

TEST_F(transact, LimitsRetriesAfterStaleStatements) {
    int runs = 0;
    EXPECT_THROW(dsql::transact(pool_, soon,
                                [&](dsql::transaction& tx) {
                                    ++runs;
                                    tx.execute("EXECUTE never_prepared");
                                }),
                 dsql::server_error);
    EXPECT_LE(runs, 1 + 3);
    EXPECT_THROW(dsql::transact(pool_, dsql::no_retry,
                                [&](dsql::transaction& tx) {
                                    ++runs;
                                    tx.execute("EXECUTE never_prepared");
                                }),
                 dsql::server_error);
}

TEST_F(transact, DoesNotRetryABodyThatClosesItsConnection) {
    int runs = 0;
    EXPECT_THROW(dsql::transact(pool_, soon,
                                [&](dsql::transaction& tx) {
                                    ++runs;
                                    for (const auto& [number] :
                                         tx.stream<int>("SELECT generate_series(1, 10000000)")) {
                                        if (number > 10) {
                                            break;
                                        }
                                    }
                                }),
                 dsql::connection_error);
    EXPECT_EQ(runs, 1);
}

TEST_F(transact, GivesUpInTheEnd) {
    faults_.set("data-conflict");
    int runs = 0;
    try {
        dsql::transact(pool_, soon, [&](dsql::transaction& tx) {
            ++runs;
            increment(tx);
        });
        FAIL() << "no exception";
    } catch (const dsql::occ_conflict& last) {
        const auto* const summary = dynamic_cast<const dsql::retries_exhausted*>(&last);
        ASSERT_NE(summary, nullptr);
        EXPECT_EQ(summary->attempts(), 6);
    }
    EXPECT_EQ(runs, 6);
    faults_.clear();
    EXPECT_EQ(counter(), 0);
}

struct unanswered_commit {
    const char* fault;
    int committed;
};

TEST_F(transact, NeverRetriesAnUnknownCommit) {
    for (const auto& [fault, committed] :
         {unanswered_commit{"cut-before-commit times=1", 0},
          unanswered_commit{"cut-after-commit times=1", 1},
          unanswered_commit{"server-unavailable-at-commit times=1", 0},
          unanswered_commit{"server-unavailable-at-commit times=1 value=committed", 1}}) {
        const int before = counter();
        faults_.set(fault);
        int runs = 0;
        EXPECT_THROW(dsql::transact(pool_, soon,
                                    [&](dsql::transaction& tx) {
                                        ++runs;
                                        increment(tx);
                                    }),
                     dsql::commit_unknown_error)
            << fault;
        EXPECT_EQ(runs, 1) << fault;
        EXPECT_EQ(counter(), before + committed) << fault;
    }
}

TEST_F(transact, OnAConnectionRetriesConflictsOnly) {
    dsql::connection connection = dsql::connect(endpoint_under_test());
    faults_.set("data-conflict times=1");
    int runs = 0;
    const auto body = [&](dsql::transaction& tx) {
        ++runs;
        increment(tx);
    };
    dsql::transact(connection, soon, body);
    EXPECT_EQ(runs, 2);
    faults_.set("cut-before-commit times=1");
    EXPECT_THROW(dsql::transact(connection, soon, body), dsql::error);
    EXPECT_FALSE(connection.is_open());
    faults_.clear();
    EXPECT_EQ(counter(), 1);
}

TEST_F(transact, AppliesItsDeadlineToEveryStatement) {
    try {
        dsql::transact(pool_, dsql::within(200ms), [](dsql::transaction& tx) {
            static_cast<void>(tx.query("SELECT pg_sleep(60)"));
        });
        FAIL() << "no exception";
    } catch (const dsql::timeout_error& late) {
        EXPECT_TRUE(late.statement_may_have_run());
    }
    // The limit does not apply to the next user of the connection.
    dsql::transact(pool_, [](dsql::transaction& tx) { increment(tx); });
    EXPECT_EQ(counter(), 1);
}

TEST_F(transact, AStopEndsAStatementOfTheBody) {
    std::stop_source stop;
    EXPECT_THROW(dsql::transact(pool_, stop.get_token(),
                                [&](dsql::transaction& tx) {
                                    stop.request_stop();
                                    increment(tx);
                                }),
                 dsql::cancelled_error);
    EXPECT_EQ(counter(), 0);
}

TEST_F(transact, MayBeReadOnly) {
    EXPECT_THROW(
        dsql::transact(pool_, [](dsql::transaction& tx) { increment(tx); }, {.read_only = true}),
        dsql::server_error);
}

TEST_F(transact, RejectsAConnectionInsideATransaction) {
    dsql::connection connection = dsql::connect(endpoint_under_test());
    const dsql::transaction open = connection.begin();
    EXPECT_THROW(dsql::transact(connection, [](dsql::transaction&) {}), dsql::error);
    EXPECT_THROW(dsql::execute_with_retry(connection, "SELECT 1"), dsql::error);
}

TEST_F(transact, SingleStatementsAreRetried) {
    faults_.set("data-conflict times=2");
    EXPECT_EQ(
        dsql::execute_with_retry(pool_, soon, "UPDATE transact_counters SET value = value + $1", 5),
        2);
    EXPECT_EQ(counter(), 5);
    faults_.set("data-conflict times=1");
    const auto values = dsql::query_with_retry<int>(
        pool_, soon, "UPDATE transact_counters SET value = 7 RETURNING value");
    EXPECT_EQ(values.size(), 2);
    EXPECT_EQ(pool_.stat().occ_retries, 3);
    dsql::connection connection = dsql::connect(endpoint_under_test());
    faults_.set("schema-conflict times=1");
    EXPECT_EQ(dsql::execute_with_retry(connection, soon, "DELETE FROM transact_counters"), 2);
}

TEST_F(transact, ASingleStatementThatMayHaveRunIsNotRetried) {
    faults_.set("cut-after-commit times=1");
    EXPECT_THROW(dsql::execute_with_retry(
                     pool_, soon, "UPDATE transact_counters SET value = value + 1 WHERE id = 1"),
                 dsql::connection_error);
    EXPECT_EQ(counter(), 1);
}

TEST_F(transact, ARetryingPoolRetriesUnlessDisabled) {
    dsql::retrying_pool db(pool_, soon);
    faults_.set("data-conflict times=1");
    EXPECT_EQ(db.execute("UPDATE transact_counters SET value = value + 1 WHERE id = 1"), 1);
    faults_.set("data-conflict times=1");
    EXPECT_EQ(db.query_value<int>(
                  "UPDATE transact_counters SET value = value + 1 WHERE id = 1 RETURNING value"),
              2);
    faults_.set("data-conflict times=1");
    dsql::batch both;
    both.add("UPDATE transact_counters SET value = value + 1 WHERE id = 1");
    both.add("UPDATE transact_counters SET value = value + 1 WHERE id = 2");
    EXPECT_EQ(db.run(both).size(), 2U);
    faults_.set("data-conflict times=1");
    EXPECT_EQ(db.transact([](dsql::transaction& tx) {
        increment(tx);
        return 5;
    }),
              5);
    EXPECT_EQ(counter(1), 4);
    EXPECT_EQ(counter(2), 1);
    faults_.set("data-conflict times=1");
    EXPECT_THROW(db.execute(dsql::no_retry, "UPDATE transact_counters SET value = 0 WHERE id = 1"),
                 dsql::occ_conflict);
    EXPECT_EQ(counter(1), 4);
}

TEST_F(transact, ReportsEachRetryToTheObserver) {
    struct counting : dsql::observer {
        void retrying(const dsql::retry_event& event) noexcept override {
            attempts.push_back(event.attempt);
        }
        std::vector<int> attempts{};
    };
    const auto retries = std::make_shared<counting>();
    dsql::config settings = endpoint_under_test();
    settings.observer = retries;
    dsql::connection connection = dsql::connect(settings);
    faults_.set("data-conflict times=2");
    dsql::transact(connection, soon, [](dsql::transaction& tx) { increment(tx); });
    EXPECT_EQ(retries->attempts, (std::vector<int>{1, 2}));
}

}  // namespace transact_test
