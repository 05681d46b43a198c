// SPDX-License-Identifier: Apache-2.0
// Operations in steps, driven by a loop over poll(2).
#include <dsql/bulk_operation.hpp>
#include <dsql/error.hpp>
#include <dsql/operation.hpp>
#include <dsql/rows.hpp>

#include "asio/asio_test.hpp"
#include "support/event.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <tuple>

namespace operation_test {

using asio_test::pools;
using namespace std::chrono_literals;

// Takes steps until the operation has ended. Polls for wakeups, because a test has time.
template <class T>
T finish(dsql::operation<T> running) {
    for (auto what = running.step(); what != dsql::wait_for::done; what = running.step()) {
        pollfd socket{.fd = running.socket(), .events = POLLIN, .revents = 0};
        if (what != dsql::wait_for::readable) {
            socket.events = POLLIN | POLLOUT;
        }
        poll(&socket, 1, 1);
    }
    return running.take();
}

// Takes the first step, which sends the statement.
template <class T>
void begin(dsql::operation<T>& running) {
    ASSERT_EQ(running.step(), dsql::wait_for::readable);
}

dsql::connection connect() {
    return dsql::connect(endpoint_under_test());
}

TEST(Operation, EveryKindOnAConnectionAndAPool) {
    pools db(1);
    dsql::connection own = connect();
    EXPECT_EQ(finish(dsql::start_query(own, "SELECT $1::int", 5))[0][0].as<int>(), 5);
    EXPECT_EQ(finish(dsql::start_query(db.blocking, "SELECT 6"))[0][0].as<int>(), 6);
    finish(dsql::start_ping(own));
    finish(dsql::start_ping(db.blocking));
    dsql::transaction running = finish(dsql::start_begin(db.blocking));
    EXPECT_EQ(finish(dsql::start_query(running, "SELECT 7"))[0][0].as<int>(), 7);
    finish(dsql::start_commit(running));
    EXPECT_FALSE(running.is_active());
    const dsql::statement prepared = finish(dsql::start_prepare(own, {}, "SELECT $1::bigint"));
    EXPECT_EQ(finish(dsql::start_query(own, prepared, 8))[0][0].as<int>(), 8);
    dsql::row_chunks<int> rows(
        finish(dsql::start_stream(own, {}, "SELECT generate_series(1, 100)")));
    int sum = 0;
    while (finish(rows.start_next())) {
        for (const auto& [one] : rows) {
            sum += one;
        }
    }
    EXPECT_EQ(sum, 5'050);
    EXPECT_TRUE(db.are_idle());
}

TEST(Operation, AResultIsTakenOnceAndOnlyAtTheEnd) {
    dsql::connection own = connect();
    auto running = dsql::start_query(own, "SELECT 1");
    EXPECT_THROW(static_cast<void>(running.take()), dsql::error);
    while (running.step() != dsql::wait_for::done) {
    }
    EXPECT_EQ(running.step(), dsql::wait_for::done);
    EXPECT_EQ(running.socket(), -1);
    EXPECT_EQ(running.step_by(), std::nullopt);
    EXPECT_EQ(running.take()[0][0].as<int>(), 1);
    EXPECT_THROW(static_cast<void>(running.take()), dsql::error);
}

TEST(Operation, AFailureIsThrownByTake) {
    pools db(1);
    dsql::connection own = connect();
    EXPECT_THROW(finish(dsql::start_query(own, "SELECT nonsense")), dsql::server_error);
    EXPECT_THROW(finish(dsql::start_query(own, "SELECT $1::int", 1, 2)), dsql::conversion_error);
    EXPECT_THROW(finish(dsql::start_query(db.blocking, "SELECT nonsense")), dsql::server_error);
    EXPECT_TRUE(own.is_open());
    EXPECT_TRUE(db.are_idle());
}

// An operation that has ended needs no connection any more, also while it still exists.
TEST(Operation, LetsGoOfItsConnectionAtItsEnd) {
    pools db(1);
    std::optional<dsql::pooled_connection> held = db.blocking.acquire();
    auto running = dsql::start_query(**held, "SELECT 1");
    while (running.step() != dsql::wait_for::done) {
    }
    held.reset();
    EXPECT_EQ(db.blocking.query_value<int>(dsql::within{10s}, "SELECT 2"), 2);
    EXPECT_EQ(running.take()[0][0].as<int>(), 1);
}

TEST(Operation, AnotherCallOnItsConnectionIsAnError) {
    dsql::connection own = connect();
    auto first = dsql::start_query(own, "SELECT pg_sleep(0.05)::text, 1");
    begin(first);
    EXPECT_THROW(finish(dsql::start_query(own, "SELECT 2")), dsql::error);
    EXPECT_THROW(finish(dsql::start_begin(own)), dsql::error);
    EXPECT_THROW(finish(dsql::start_ping(own)), dsql::error);
    EXPECT_THROW(own.query("SELECT 2"), dsql::error);
    EXPECT_THROW(static_cast<void>(own.begin()), dsql::error);
    EXPECT_THROW(own.ping(), dsql::error);
    EXPECT_EQ(std::move(own).release(), nullptr);
    EXPECT_EQ(finish(std::move(first))[0][1].as<int>(), 1);
    EXPECT_EQ(own.query_value<int>("SELECT 3"), 3);
}

TEST(Operation, ACloseUnderItEndsItWithAnError) {
    dsql::connection own = connect();
    auto running = dsql::start_query(own, "SELECT pg_sleep(60)");
    begin(running);
    own.close();
    EXPECT_FALSE(own.is_open());
    EXPECT_THROW(finish(std::move(running)), dsql::connection_error);
    EXPECT_FALSE(own.is_open());
}

TEST(Operation, TheEndOfItsTransactionEndsItWithAnError) {
    pools db(1);
    std::optional<dsql::transaction> running = db.blocking.begin();
    auto statement = dsql::start_query(*running, "SELECT pg_sleep(60)");
    begin(statement);
    running.reset();
    EXPECT_THROW(finish(std::move(statement)), dsql::connection_error);
    EXPECT_TRUE(db.are_idle());
    EXPECT_EQ(db.blocking.query_value<int>("SELECT 1"), 1);
}

TEST(Operation, ItsConnectionMayBeDestroyed) {
    std::optional<dsql::connection> own = connect();
    auto running = dsql::start_query(*own, "SELECT pg_sleep(0.02)::text, 1");
    begin(running);
    own.reset();
    EXPECT_EQ(finish(std::move(running))[0][1].as<int>(), 1);
}

TEST(Operation, ADestructionGivesItUp) {
    pools db(1);
    {
        auto running = dsql::start_query(db.blocking, "SELECT pg_sleep(60)");
        while (running.step() != dsql::wait_for::readable) {
            std::this_thread::sleep_for(1ms);
        }
    }
    EXPECT_TRUE(db.are_idle());
    EXPECT_EQ(db.blocking.query_value<int>("SELECT 1"), 1);
}

// A hook that turns every connection down makes an acquire pause between its rounds.
TEST(Operation, LimitsEndAPauseOfAnAcquire) {
    dsql::pool_options options;
    options.prepare_connection = [](dsql::connection&) {
        return dsql::prepare_action::replace;
    };
    pools db(1, options);
    auto timed = dsql::start_acquire(db.blocking, dsql::within{300ms});
    while (timed.step() != dsql::wait_for::done) {
        const auto soon = std::chrono::steady_clock::now() + 1ms;
        std::this_thread::sleep_until(std::min(timed.step_by().value_or(soon), soon));
    }
    EXPECT_THROW(static_cast<void>(timed.take()), dsql::timeout_error);

    std::stop_source stop;
    event woken;
    auto stopped = dsql::start_acquire(db.blocking, stop.get_token());
    stopped.on_wakeup([&woken] { woken.set(); });
    for (int i = 0; i < 100 && stopped.step() != dsql::wait_for::done; ++i) {
        std::this_thread::sleep_for(1ms);
    }
    stop.request_stop();
    woken.wait();
    while (stopped.step() != dsql::wait_for::done) {
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_THROW(static_cast<void>(stopped.take()), dsql::cancelled_error);
}

// The hook of a connection that has become too old runs on a thread of the pool.
TEST(Operation, BeforeCloseDoesNotRunInAStep) {
    std::atomic<int> closed = 0;
    const auto own = std::this_thread::get_id();
    dsql::pool_options options;
    options.before_close = [&](dsql::connection&) {
        EXPECT_NE(std::this_thread::get_id(), own);
        ++closed;
    };
    {
        pools db(1, options);
        EXPECT_EQ(finish(dsql::start_query(db.blocking, "SELECT 1"))[0][0].as<int>(), 1);
        {
            // The pool closes it, because it is in a transaction.
            dsql::pooled_connection held = finish(dsql::start_acquire(db.blocking));
            finish(dsql::start_query(*held, "BEGIN"));
        }
        while (closed == 0) {
            std::this_thread::yield();
        }
        EXPECT_EQ(finish(dsql::start_query(db.blocking, "SELECT 2"))[0][0].as<int>(), 2);
        finish(dsql::start_close(db.blocking, 10s));
    }
    EXPECT_EQ(closed, 2);
}

TEST(Operation, KeepsCopiesOfViewsInContainers) {
    dsql::connection own = connect();
    std::string text = "a text that is long enough to be in memory of its own";
    const std::string copy = text;
    const std::vector<std::string_view> views{text, text};
    auto running = dsql::start_query(own, "SELECT $1::text[]", views);
    std::fill(text.begin(), text.end(), 'x');
    EXPECT_EQ(finish(std::move(running))[0][0].as<std::vector<std::string>>(),
              (std::vector<std::string>{copy, copy}));
}

}  // namespace operation_test
