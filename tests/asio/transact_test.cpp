// SPDX-License-Identifier: Apache-2.0
// Transactions that are run again, as coroutines.
#include <dsql/error.hpp>
#include <dsql/occ_conflict.hpp>

#include "asio/asio_test.hpp"
#include "support/fault_injection.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>

namespace asio_test {

namespace {

// A conflict with this transaction: another one changes the row that it has read.
asio::awaitable<void> provoke_conflict(dsql::async_pool& pool) {
    co_await pool.execute("UPDATE async_conflicts SET value = value + 1 WHERE id = 1");
}

void make_table(dsql::pool& pool) {
    pool.execute("DROP TABLE IF EXISTS async_conflicts");
    pool.execute("CREATE TABLE async_conflicts (id int PRIMARY KEY, value int NOT NULL)");
    pool.execute("INSERT INTO async_conflicts VALUES (1, 0)");
}

}  // namespace

TEST(AsyncTransact, CommitsAndReturnsWhatItsBodyReturns) {
    pools db(2);
    make_table(db.blocking);
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        const int value = co_await dsql::async_transact(
            pool, [](dsql::async_transaction& work) -> asio::awaitable<int> {
                co_await work.execute("UPDATE async_conflicts SET value = 5 WHERE id = 1");
                co_return co_await work.query_value<int>(
                    "SELECT value FROM async_conflicts WHERE id = 1");
            });
        EXPECT_EQ(value, 5);
    }(db.async));
    EXPECT_EQ(db.blocking.query_value<int>("SELECT value FROM async_conflicts WHERE id = 1"), 5);
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncTransact, RunsItsBodyAgainAfterAConflict) {
    pools db(3);
    make_table(db.blocking);
    int attempts = 0;
    run([](dsql::async_pool& pool, int& tried) -> asio::awaitable<void> {
        co_await dsql::async_transact(
            pool, [&](dsql::async_transaction& work) -> asio::awaitable<void> {
                ++tried;
                const int value = co_await work.query_value<int>(
                    "SELECT value FROM async_conflicts WHERE id = 1");
                if (tried == 1) {
                    co_await provoke_conflict(pool);
                }
                co_await work.execute("UPDATE async_conflicts SET value = $1 WHERE id = 1",
                                      value + 10);
            });
    }(db.async, attempts));
    EXPECT_EQ(attempts, 2);
    EXPECT_EQ(db.blocking.query_value<int>("SELECT value FROM async_conflicts WHERE id = 1"), 11);
    EXPECT_EQ(db.blocking.stat().occ_retries, 1);
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncTransact, PassesOnWhatItsBodyThrows) {
    pools db(1);
    make_table(db.blocking);
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        EXPECT_THROW(co_await dsql::async_transact(
                         pool,
                         [](dsql::async_transaction& work) -> asio::awaitable<void> {
                             co_await work.execute("UPDATE async_conflicts SET value = 9");
                             throw std::logic_error("a fault of the body");
                         }),
                     std::logic_error);
    }(db.async));
    EXPECT_EQ(db.blocking.query_value<int>("SELECT value FROM async_conflicts WHERE id = 1"), 0);
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncTransact, AConnectionRetriesOnItself) {
    pools db(2);
    make_table(db.blocking);
    int attempts = 0;
    run([](dsql::async_pool& pool, int& tried) -> asio::awaitable<void> {
        dsql::async_connection connection = co_await pool.acquire();
        const int value = co_await dsql::async_transact(
            connection, [&](dsql::async_transaction& work) -> asio::awaitable<int> {
                const int read = co_await work.query_value<int>(
                    "SELECT value FROM async_conflicts WHERE id = 1");
                if (++tried == 1) {
                    co_await provoke_conflict(pool);
                }
                co_await work.execute("UPDATE async_conflicts SET value = $1 WHERE id = 1",
                                      read + 10);
                co_return read;
            });
        EXPECT_EQ(value, 1);
    }(db.async, attempts));
    EXPECT_EQ(attempts, 2);
    EXPECT_TRUE(db.are_idle());
}

// The limits of the whole count for statements that were given none.
TEST(AsyncTransact, ItsLimitsCountForTheStatementsOfItsBody) {
    pools db(1);
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        EXPECT_THROW(co_await dsql::async_transact(
                         pool, {dsql::within{200ms}},
                         [](dsql::async_transaction& work) -> asio::awaitable<void> {
                             co_await work.execute("SELECT pg_sleep(60)");
                         }),
                     dsql::timeout_error);
        std::stop_source stop;
        const std::jthread stops([&stop] {
            std::this_thread::sleep_for(100ms);
            stop.request_stop();
        });
        EXPECT_THROW(co_await dsql::async_transact(
                         pool, {stop.get_token()},
                         [](dsql::async_transaction& work) -> asio::awaitable<void> {
                             co_await work.execute("SELECT pg_sleep(60)");
                         }),
                     dsql::cancelled_error);
    }(db.async));
    EXPECT_TRUE(db.are_idle());
}

// A stop request and a cancellation end the wait between two attempts.
TEST(AsyncTransact, AStopEndsTheWaitBeforeAnotherAttempt) {
    pools db(2);
    make_table(db.blocking);
    const dsql::retry_policy hourly{.initial_wait = 1h, .max_wait = 1h};
    std::stop_source stop;
    run([&]() -> asio::awaitable<void> {
        EXPECT_THROW(co_await dsql::async_transact(
                         db.async, {stop.get_token(), hourly},
                         [&](dsql::async_transaction& work) -> asio::awaitable<void> {
                             const int read = co_await work.query_value<int>(
                                 "SELECT value FROM async_conflicts WHERE id = 1");
                             co_await provoke_conflict(db.async);
                             asio::post(co_await asio::this_coro::executor,
                                        [&] { stop.request_stop(); });
                             co_await work.execute(
                                 "UPDATE async_conflicts SET value = $1 WHERE id = 1", read);
                         }),
                     dsql::cancelled_error);
    }());
    EXPECT_TRUE(db.are_idle());
}

// Asio's own error for a coroutine that was cancelled would hide whether the COMMIT took effect.
TEST(AsyncTransact, ACancelledCommitIsUnknownAndTheCallersSettingStays) {
    pools db(1);
    make_table(db.blocking);
    const fault_injection faults;
    faults.set("delay value=100");  // so that the answer to COMMIT has not arrived
    for (const bool throws : {true, false}) {
        run([&]() -> asio::awaitable<void> {
            const auto executor = co_await asio::this_coro::executor;
            asio::cancellation_signal signal;
            std::exception_ptr failure;
            bool is_over = false;
            bool throws_afterwards = !throws;
            asio::co_spawn(
                executor,
                [&]() -> asio::awaitable<void> {
                    co_await asio::this_coro::throw_if_cancelled(throws);
                    std::exception_ptr thrown;
                    try {
                        co_await dsql::async_transact(
                            db.async, [&](dsql::async_transaction& tx) -> asio::awaitable<void> {
                                co_await tx.execute("SELECT 1");
                                asio::post(executor, [&] {  // when the COMMIT has been sent
                                    signal.emit(asio::cancellation_type::terminal);
                                });
                            });
                    } catch (...) {
                        thrown = std::current_exception();
                    }
                    throws_afterwards = co_await asio::this_coro::throw_if_cancelled();
                    if (thrown) {
                        std::rethrow_exception(thrown);
                    }
                },
                asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr thrown) {
                    failure = std::move(thrown);
                    is_over = true;
                }));
            while (!is_over) {
                co_await asio::post(asio::use_awaitable);
            }
            expect_failure<dsql::commit_unknown_error>(failure);
            EXPECT_EQ(throws_afterwards, throws);
        }());
    }
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncTransact, ATransactionThatWasMovedAwayIsAnError) {
    pools db(2);
    make_table(db.blocking);
    run([&]() -> asio::awaitable<void> {
        std::optional<dsql::async_transaction> kept;
        bool has_failed = false;
        try {
            co_await dsql::async_transact(
                db.async, [&](dsql::async_transaction& tx) -> asio::awaitable<void> {
                    co_await tx.execute("SELECT 1");
                    kept = std::move(tx);
                });
        } catch (const dsql::error& failure) {
            has_failed =
                std::string(failure.what()).find("moved its transaction away") != std::string::npos;
        }
        EXPECT_TRUE(has_failed);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncTransact, AStatementIsRunAgainAfterAConflict) {
    pools db(2);
    make_table(db.blocking);
    run([&]() -> asio::awaitable<void> {
        std::string text = "five";
        const std::string_view lent = text;
        auto call = dsql::async_execute_with_retry(
            db.async, "UPDATE async_conflicts SET value = length($1) WHERE id = $2", lent, 1);
        text = "a text that has changed before the call begins";
        EXPECT_EQ(co_await std::move(call), 1);
        auto rows = co_await dsql::async_query_with_retry<int>(db.async,
                                                               "SELECT value FROM async_conflicts");
        EXPECT_EQ(std::get<0>(rows[0]), 4);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncTransactIdempotent, TakesEffectOnceForEachKey) {
    pools db(2);
    make_table(db.blocking);
    db.blocking.execute("DROP TABLE IF EXISTS dsql_idempotency_ledger");
    dsql::create_ledger(db.blocking);
    run([&]() -> asio::awaitable<void> {
        const auto add = [](dsql::async_transaction& work) -> asio::awaitable<int> {
            co_await work.execute("UPDATE async_conflicts SET value = value + 1 WHERE id = 1");
            co_return co_await work.query_value<int>(
                "SELECT value FROM async_conflicts WHERE id = 1");
        };
        EXPECT_EQ(co_await dsql::async_transact_idempotent(db.async, "order 1", add), 1);
        EXPECT_EQ(co_await dsql::async_transact_idempotent(db.async, "order 1", add), std::nullopt);
        EXPECT_EQ(co_await dsql::async_transact_idempotent(db.async, "order 2", add), 2);
        const auto nothing = [](dsql::async_transaction&) -> asio::awaitable<void> {
            co_return;
        };
        EXPECT_TRUE(co_await dsql::async_transact_idempotent(db.async, "order 3", nothing));
        EXPECT_FALSE(co_await dsql::async_transact_idempotent(db.async, "order 3", nothing));
        const dsql::idempotency_ledger named;
        EXPECT_FALSE(co_await dsql::async_transact_idempotent(db.async, "order 3", nothing, named));
        EXPECT_THROW(co_await dsql::async_transact_idempotent(db.async, "", nothing),
                     dsql::config_error);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncPool, WarmsUpAndCloses) {
    pools db(3);
    run([&]() -> asio::awaitable<void> {
        co_await db.async.warm_up(3, 30s);
        EXPECT_EQ(db.blocking.stat().idle_connections, 3);
        EXPECT_THROW(co_await db.async.warm_up(4, 30s), dsql::config_error);
        dsql::async_connection held = co_await db.async.acquire();
        EXPECT_EQ(co_await db.async.close(1ms), 1);
        EXPECT_THROW(co_await db.async.query_value<int>("SELECT 1"), dsql::pool_closed_error);
        EXPECT_EQ(co_await held.query_value<int>("SELECT 1"), 1);
        held = {};
        EXPECT_EQ(co_await db.async.close(1ms), 0);
    }());
}

}  // namespace asio_test
