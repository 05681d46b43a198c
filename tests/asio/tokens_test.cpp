// SPDX-License-Identifier: Apache-2.0
// Every function with every kind of completion token and executor.
#include <dsql/error.hpp>

#include "asio/asio_test.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <cstdint>
#include <future>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace asio_test {

namespace {

struct user {
    std::int64_t id;
    std::string name;
};

constexpr std::string_view two_users =
    "SELECT id, 'user ' || id AS name FROM (VALUES (1::bigint), (2::bigint)) AS u (id) "
    "WHERE id >= $1 ORDER BY id";

}  // namespace

TEST(AsyncPool, HasTheFunctionsOfABlockingOne) {
    pools db(2);
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        EXPECT_EQ(co_await pool.query_value<std::int64_t>("SELECT $1::bigint", std::int64_t{7}), 7);
        EXPECT_EQ((co_await pool.query_one<user>(two_users, 2)).name, "user 2");
        EXPECT_EQ((co_await pool.query_optional<std::int64_t, std::string>(two_users, 3)),
                  std::nullopt);
        EXPECT_EQ((co_await pool.query_all<user>(two_users, 1)).size(), 2U);
        const dsql::rows<user> rows = co_await pool.query<user>(two_users, 1);
        EXPECT_EQ(rows[0].name, "user 1");
        const dsql::result untyped = co_await pool.query(two_users, 1);
        EXPECT_EQ(untyped.size(), 2);
        EXPECT_EQ(co_await pool.execute(two_users, 1), 2);
        dsql::batch statements;
        statements.add("SELECT 1");
        statements.add("SELECT $1::text", "text");
        const dsql::batch_results all = co_await pool.run(std::move(statements));
        EXPECT_EQ(all[1].value<std::string>(), "text");
        co_await pool.ping();
    }(db.async));
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncConnection, HasTheFunctionsOfABlockingOne) {
    pools db(1);
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        dsql::async_connection connection = co_await pool.acquire();
        const auto prepared = co_await connection.prepare({}, "SELECT $1::bigint + 1");
        EXPECT_EQ(co_await connection.query_value<std::int64_t>(prepared, std::int64_t{1}), 2);
        co_await connection.ping();
        dsql::async_transaction work = co_await connection.begin();
        EXPECT_EQ(co_await work.query_value<int>("SELECT 3"), 3);
        EXPECT_TRUE(work.is_active());
        co_await work.commit();
        EXPECT_FALSE(work.is_active());
        dsql::async_transaction undone = co_await connection.begin();
        co_await undone.rollback();
    }(db.async));
    EXPECT_TRUE(db.are_idle());
    EXPECT_EQ(db.blocking.stat().total_connections, 1);
}

TEST(AsyncCall, TakesEveryKindOfToken) {
    pools db(2);
    EXPECT_EQ(db.async.query_value<int>("SELECT 1")(asio::use_future).get(), 1);
    std::promise<int> called;
    db.async.query_value<int>("SELECT 2")([&](const std::exception_ptr& failure, int value) {
        EXPECT_FALSE(failure);
        called.set_value(value);
    });
    EXPECT_EQ(called.get_future().get(), 2);
    auto deferred = db.async.query_value<int>("SELECT 3")(asio::deferred);
    EXPECT_EQ(std::move(deferred)(asio::use_future).get(), 3);
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        EXPECT_EQ(co_await pool.query_value<int>("SELECT 4")(asio::use_awaitable), 4);
        using namespace asio::experimental::awaitable_operators;
        const auto both = co_await (pool.query_value<int>("SELECT 5")(asio::use_awaitable) &&
                                    pool.query_value<int>("SELECT 6")(asio::use_awaitable));
        EXPECT_EQ(both, std::tuple(5, 6));
    }(db.async));
}

TEST(AsyncCall, RunsOnTheHandlersExecutor) {
    pools db(2);
    asio::thread_pool threads(3);
    auto strand = asio::make_strand(threads);
    std::promise<bool> was_inside;
    db.async.query_value<int>("SELECT 1")(
        asio::bind_executor(strand, [&](const std::exception_ptr&, int) {
            was_inside.set_value(strand.running_in_this_thread());
        }));
    EXPECT_TRUE(was_inside.get_future().get());
    threads.join();
}

TEST(AsyncCall, ACallbackIsNotCalledBeforeTheCallReturns) {
    pools db(1);
    asio::io_context io;
    bool was_called = false;
    db.blocking.close();
    dsql::async_pool closed(db.blocking, io.get_executor());
    closed.query_value<int>("SELECT 1")([&](const std::exception_ptr& failure, int) {
        was_called = true;
        EXPECT_TRUE(failure);
    });
    EXPECT_FALSE(was_called);
    io.run();
    EXPECT_TRUE(was_called);
}

TEST(AsyncCall, FailsAsTheBlockingOneDoes) {
    pools db(1);
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        EXPECT_THROW(co_await pool.query_value<int>("SELECT 1 WHERE false"), dsql::no_rows_error);
        EXPECT_THROW(co_await pool.query_one<int>("SELECT * FROM (VALUES (1), (2)) AS t"),
                     dsql::too_many_rows_error);
        EXPECT_THROW(co_await pool.query("SELEKT"), dsql::server_error);
        EXPECT_THROW(co_await pool.query("SELECT $1::int"), dsql::conversion_error);
        EXPECT_THROW(co_await pool.query_value<int>("SELECT 'x'"), dsql::conversion_error);
        dsql::batch statements;
        statements.add("SELECT 1");
        statements.add("SELEKT");
        EXPECT_THROW(static_cast<void>(co_await pool.run(std::move(statements))),
                     dsql::batch_error);
    }(db.async));
    EXPECT_TRUE(db.are_idle());
    EXPECT_EQ(db.blocking.stat().total_connections, 1);
}

// Temporaries of the caller are gone before the statement is sent.
TEST(AsyncCall, OwnsItsStatementAndItsValues) {
    pools db(1);
    const auto call = [&] {
        const std::string sql = "SELECT $1 || $2 || $3";
        const std::string first(1000, 'a');
        const std::string second = "bc";
        return db.async.query_value<std::string>(sql, std::string_view(first), second.c_str(),
                                                 std::optional<std::string_view>(second));
    };
    auto late = call();
    EXPECT_EQ(std::move(late)(asio::use_future).get(), std::string(1000, 'a') + "bcbc");
}

TEST(AsyncCall, MayBeLentMemory) {
    pools db(1);
    const std::string lent(100'000, 'x');
    EXPECT_EQ(
        db.async.query_value<std::int64_t>("SELECT length($1)", std::cref(lent))(asio::use_future)
            .get(),
        100'000);
}

}  // namespace asio_test
