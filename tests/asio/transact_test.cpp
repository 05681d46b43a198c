// SPDX-License-Identifier: Apache-2.0
// Transactions that are run again, as coroutines.
#include <dsql/error.hpp>
#include <dsql/occ_conflict.hpp>

#include "asio/asio_test.hpp"

#include <stdexcept>

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

}  // namespace asio_test
