// SPDX-License-Identifier: Apache-2.0
// Deadlines, stop tokens and cancellation slots, at each point where a call can wait.
#include <dsql/error.hpp>

#include "asio/asio_test.hpp"
#include "support/fault_injection.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_future.hpp>

#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace asio_test {

namespace {

constexpr const char* slow = "SELECT pg_sleep(20)";

}  // namespace

TEST(AsyncLimits, ADeadlineEndsAWaitForAConnection) {
    pools db(1);
    const dsql::pooled_connection held = db.blocking.acquire();
    run([&]() -> asio::awaitable<void> {
        EXPECT_THROW(co_await db.async.query(dsql::within{20ms}, "SELECT 1"), dsql::timeout_error);
    }());
    EXPECT_EQ(db.blocking.stat().waiting, 0);
}

TEST(AsyncLimits, ADeadlineEndsAStatement) {
    pools db(1);
    db.blocking.warm_up(1, 60s);
    run([&]() -> asio::awaitable<void> {
        try {
            static_cast<void>(co_await db.async.query(dsql::within{50ms}, slow));
            ADD_FAILURE() << "the statement ended";
        } catch (const dsql::timeout_error& failure) {
            EXPECT_TRUE(failure.connection_lost());
            EXPECT_NE(std::string(failure.what()).find(slow), std::string::npos) << failure.what();
        }
    }());
    EXPECT_EQ(db.async.query_value<int>("SELECT 1")(asio::use_future).get(), 1);
}

TEST(AsyncLimits, AStopTokenEndsAStatement) {
    pools db(1);
    std::stop_source stop;
    expect_failure<dsql::cancelled_error>(failure_after(
        db.async.query(stop.get_token(), slow),
        [&] { return db.blocking.stat().acquired_connections == 1; },
        [&] { stop.request_stop(); }));
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncLimits, AStopTokenEndsAWaitForAConnection) {
    pools db(1);
    const dsql::pooled_connection held = db.blocking.acquire();
    std::stop_source stop;
    expect_failure<dsql::cancelled_error>(failure_after(
        db.async.query(stop.get_token(), "SELECT 1"),
        [&] { return db.blocking.stat().waiting == 1; }, [&] { stop.request_stop(); }));
    EXPECT_EQ(db.blocking.stat().waiting, 0);
}

TEST(AsyncLimits, ASlotEndsAStatement) {
    pools db(1);
    asio::io_context io;
    dsql::async_pool pool(db.blocking, io.get_executor());
    asio::cancellation_signal signal;
    std::exception_ptr failure;
    pool.query(slow)(asio::bind_cancellation_slot(
        signal.slot(),
        [&](std::exception_ptr thrown, const dsql::result&) { failure = std::move(thrown); }));
    while (db.blocking.stat().acquired_connections != 1) {
        io.poll_one();
    }
    signal.emit(asio::cancellation_type::terminal);
    io.run();
    expect_failure<dsql::cancelled_error>(failure);
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncLimits, ASlotEndsAWaitForAConnection) {
    pools db(1);
    const dsql::pooled_connection held = db.blocking.acquire();
    asio::io_context io;
    dsql::async_pool pool(db.blocking, io.get_executor());
    asio::cancellation_signal signal;
    std::exception_ptr failure;
    pool.query("SELECT 1")(asio::bind_cancellation_slot(
        signal.slot(),
        [&](std::exception_ptr thrown, const dsql::result&) { failure = std::move(thrown); }));
    signal.emit(asio::cancellation_type::terminal);
    io.run();
    expect_failure<dsql::cancelled_error>(failure);
    EXPECT_EQ(db.blocking.stat().waiting, 0);
}

// The answer has arrived, but its wait was not handled when the slot causes the last step.
TEST(AsyncLimits, ASlotAfterTheAnswerLeavesNoWait) {
    pools db(1);
    dsql::connection watcher = dsql::connect(endpoint_under_test());
    int answers = 0;
    for (int round = 0; round < 20; ++round) {
        db.blocking.warm_up(1, 60s);
        const std::string statement = "SELECT 4242000 + " + std::to_string(round);
        asio::io_context io;
        dsql::async_pool pool(db.blocking, io.get_executor());
        asio::cancellation_signal signal;
        bool is_over = false;
        pool.query_value<int>(statement)(asio::bind_cancellation_slot(
            signal.slot(), [&](const std::exception_ptr& failure, int) {
                is_over = true;
                answers += failure ? 0 : 1;
            }));
        while (
            !watcher.query_value<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE query "
                                       "= $1 AND state = 'idle')",
                                       statement)) {
        }
        std::this_thread::sleep_for(5ms);  // the answer passes through dsql-local
        signal.emit(asio::cancellation_type::terminal);
        io.run_for(30s);
        ASSERT_TRUE(is_over) << "in round " << round;
        ASSERT_TRUE(io.stopped()) << "a wait is left after round " << round;
    }
    EXPECT_GT(answers, 0);
    EXPECT_TRUE(db.are_idle());
}

// A COMMIT that was sent and is given up may have taken effect.
TEST(AsyncLimits, ACancelledCommitIsUnknown) {
    pools db(1);
    const fault_injection faults;
    faults.set("delay value=100");  // so that the answer to COMMIT has not arrived
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        dsql::async_transaction work = co_await pool.begin();
        static_cast<void>(co_await work.query("SELECT 1"));
        asio::cancellation_signal signal;
        std::exception_ptr failure;
        bool is_over = false;
        const auto executor = co_await asio::this_coro::executor;
        work.commit()(asio::bind_cancellation_slot(
            signal.slot(), asio::bind_executor(executor, [&](std::exception_ptr thrown) {
                failure = std::move(thrown);
                is_over = true;
            })));
        signal.emit(asio::cancellation_type::terminal);
        while (!is_over) {
            co_await asio::post(asio::use_awaitable);
        }
        expect_failure<dsql::commit_unknown_error>(failure);
        EXPECT_FALSE(work.is_active());
    }(db.async));
    EXPECT_TRUE(db.are_idle());
}

TEST(AsyncTransaction, GivenUpIsRolledBackByClosingItsConnection) {
    pools db(1);
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        dsql::async_transaction work = co_await pool.begin();
        static_cast<void>(co_await work.query("SELECT 1"));
    }(db.async));
    EXPECT_TRUE(db.are_idle());
    EXPECT_EQ(db.async.query_value<int>("SELECT 1")(asio::use_future).get(), 1);
}

}  // namespace asio_test
