// SPDX-License-Identifier: Apache-2.0
// Streams and COPYs.
#include <dsql/error.hpp>

#include "asio/asio_test.hpp"

#include <boost/asio/use_future.hpp>

#include <cstdint>
#include <stop_token>
#include <string>
#include <tuple>
#include <utility>

namespace asio_test {

namespace {

struct numbered {
    std::int64_t id;
    std::string name;
};

asio::awaitable<std::int64_t> sum_of_stream(auto& on, int rows) {
    std::int64_t sum = 0;
    auto stream = co_await on.template stream<numbered>(
        "SELECT n::bigint AS id, 'row ' || n AS name FROM "
        "generate_series(1, $1::int) n ORDER BY 1",
        rows);
    while (co_await stream.next()) {
        for (const numbered& one : stream) {
            EXPECT_EQ(one.name, "row " + std::to_string(one.id));
            sum += one.id;
        }
    }
    EXPECT_FALSE(co_await stream.next());  // stays at its end
    co_return sum;
}

// A table that is dropped at the end.
class table {
public:
    explicit table(pools& of) : db_(of) {
        db_.blocking.execute("CREATE TABLE asio_bulk (id bigint PRIMARY KEY, name text)");
    }
    ~table() { db_.blocking.execute("DROP TABLE asio_bulk"); }
    table(const table&) = delete;
    table& operator=(const table&) = delete;

private:
    pools& db_;
};

const dsql::copy_target target{.table = "asio_bulk", .columns = {"id", "name"}};

}  // namespace

TEST(Bulk, AStreamReturnsAllRowsOnEachFace) {
    pools db(2);
    run([&]() -> asio::awaitable<void> {
        EXPECT_EQ(co_await sum_of_stream(db.async, 10'000), 50'005'000);
        EXPECT_EQ(co_await sum_of_stream(db.async, 0), 0);
        dsql::async_connection connection = co_await db.async.acquire();
        EXPECT_EQ(co_await sum_of_stream(connection, 100), 5'050);
        dsql::async_transaction running = co_await connection.begin();
        EXPECT_EQ(co_await sum_of_stream(running, 9), 45);
        co_await running.commit();
        EXPECT_EQ(co_await connection.query_value<int>("SELECT 1"), 1);
    }());
    EXPECT_TRUE(db.are_idle());
    EXPECT_LE(db.blocking.stat().total_connections, 2);
}

TEST(Bulk, AStreamThatIsLeftEarlyClosesItsConnectionOrIsClosed) {
    pools db(1);
    run([&]() -> asio::awaitable<void> {
        {
            auto left = co_await db.async.stream<int>("SELECT generate_series(1, 1000)");
            EXPECT_TRUE(co_await left.next());
        }
        EXPECT_EQ(co_await db.async.query_value<int>("SELECT 1"), 1);
        auto closed = co_await db.async.stream<int>("SELECT generate_series(1, 1000)");
        EXPECT_TRUE(co_await closed.next());
        co_await closed.close();
        EXPECT_EQ(co_await db.async.query_value<int>("SELECT 2"), 2);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(Bulk, AnErrorInTheMiddleOfAStreamIsThrownByNext) {
    pools db(1);
    run([&]() -> asio::awaitable<void> {
        auto rows =
            co_await db.async.stream<int>("SELECT 1 / (5 - n) FROM generate_series(1, 9) n");
        bool has_failed = false;
        try {
            while (co_await rows.next()) {
            }
        } catch (const dsql::server_error& failure) {
            has_failed = failure.sqlstate() == "22012";
        }
        EXPECT_TRUE(has_failed);
        EXPECT_EQ(co_await db.async.query_value<int>("SELECT 1"), 1);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(Bulk, ACopyInAndOutOfManyRows) {
    pools db(2);
    const table made(db);
    run([&]() -> asio::awaitable<void> {
        auto copy = co_await db.async.copy_in(target);
        int sent = 0;
        for (std::int64_t id = 1; id <= 20'000; ++id) {
            copy.row(numbered{id, "row " + std::to_string(id)});
            if (copy.is_full()) {
                co_await copy.send();
                ++sent;
            }
        }
        EXPECT_GE(sent, 3);
        EXPECT_EQ(co_await copy.finish(), 20'000);
        std::int64_t sum = 0;
        auto rows = co_await db.async.copy_out<std::int64_t, std::string>(target);
        while (co_await rows.next()) {
            for (const auto& [id, name] : rows) {
                EXPECT_EQ(name, "row " + std::to_string(id));
                sum += id;
            }
        }
        EXPECT_EQ(sum, 200'010'000);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(Bulk, DataWithTheCallersOwnStatement) {
    pools db(1);
    const table made(db);
    run([&]() -> asio::awaitable<void> {
        auto copy = co_await db.async.copy_in("COPY asio_bulk FROM STDIN (FORMAT csv)");
        copy.append("1,one\n2,two\n");
        EXPECT_EQ(co_await copy.finish(), 2);
        EXPECT_EQ(co_await db.async.query_value<std::int64_t>("SELECT count(*) FROM asio_bulk"), 2);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(Bulk, ACopyWithoutAFinishCopiesNothing) {
    pools db(1);
    const table made(db);
    run([&]() -> asio::awaitable<void> {
        {
            auto copy = co_await db.async.copy_in(target);
            copy.row(1, "one");
            co_await copy.send();
        }
        EXPECT_EQ(co_await db.async.query_value<std::int64_t>("SELECT count(*) FROM asio_bulk"), 0);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(Bulk, ACopyWhoseDeadlineHasPassedCopiesNothing) {
    pools db(1);
    const table made(db);
    run([&]() -> asio::awaitable<void> {
        dsql::async_connection connection = co_await db.async.acquire();
        const auto soon = std::chrono::steady_clock::now() + 300ms;
        auto copy = co_await connection.copy_in(soon, target);
        copy.row(1, "one");
        while (std::chrono::steady_clock::now() < soon) {
            std::this_thread::yield();
        }
        bool has_passed = false;
        try {
            co_await copy.finish();
        } catch (const dsql::timeout_error& failure) {
            has_passed = !failure.statement_may_have_run();
        }
        EXPECT_TRUE(has_passed);
    }());
    EXPECT_EQ(db.blocking.query_value<std::int64_t>("SELECT count(*) FROM asio_bulk"), 0);
    EXPECT_TRUE(db.are_idle());
}

// A stop ends a stream or COPY also if the rows have arrived, so that nothing has to be waited for.
TEST(Bulk, AStopEndsAStreamThatHasArrived) {
    pools db(1);
    run([&]() -> asio::awaitable<void> {
        std::stop_source stop;
        auto rows = co_await db.async.stream<int>(stop.get_token(),
                                                  "SELECT n FROM generate_series(1, 20000) AS n");
        EXPECT_TRUE(co_await rows.next());
        stop.request_stop();
        EXPECT_THROW(co_await rows.next(), dsql::cancelled_error);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(Bulk, AStopEndsACopyThatHasArrived) {
    pools db(1);
    const table made(db);
    db.blocking.execute("INSERT INTO asio_bulk SELECT n, '' FROM generate_series(1, 2000) AS n");
    run([&]() -> asio::awaitable<void> {
        std::stop_source stop;
        auto rows = co_await db.async.copy_out<std::int64_t, std::string>(stop.get_token(), target);
        EXPECT_TRUE(co_await rows.next());
        stop.request_stop();
        EXPECT_THROW(co_await rows.next(), dsql::cancelled_error);
    }());
    EXPECT_TRUE(db.are_idle());
}

TEST(Bulk, AStopEndsACopyThatTheServerWouldTake) {
    pools db(1);
    const table made(db);
    run([&]() -> asio::awaitable<void> {
        std::stop_source stop;
        auto copy = co_await db.async.copy_in(stop.get_token(), target);
        copy.row(1, "one");
        stop.request_stop();
        EXPECT_THROW(co_await copy.send(), dsql::cancelled_error);
    }());
    EXPECT_TRUE(db.are_idle());
}

// What has ended, was moved from or never began says so instead of crashing.
TEST(Bulk, WhatIsOverIsAnError) {
    pools db(1);
    const table made(db);
    run([&]() -> asio::awaitable<void> {
        auto copy = co_await db.async.copy_in(target);
        EXPECT_EQ(co_await copy.finish(), 0);
        EXPECT_THROW(copy.row(1, "one"), dsql::error);
        bool has_failed = false;
        try {
            co_await copy.send();
        } catch (const dsql::error&) {
            has_failed = true;
        }
        EXPECT_TRUE(has_failed);
        dsql::async_copy_writer none;
        EXPECT_THROW(none.row(1), dsql::error);
        EXPECT_THROW(static_cast<void>(none.finish()), dsql::error);
        dsql::async_row_stream<int> no_rows;
        EXPECT_THROW(static_cast<void>(no_rows.next()), dsql::error);
        for (const auto& [one] : no_rows) {
            ADD_FAILURE() << one;
        }
    }());
}

}  // namespace asio_test
