// SPDX-License-Identifier: Apache-2.0
// Blocking callers and coroutines share a pool; hooks; contexts that end.
#include <dsql/error.hpp>

#include "asio/asio_test.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <thread>

namespace asio_test {

TEST(SharedPool, ServesBothFacesInTurn) {
    pools db(1);
    std::optional<dsql::pooled_connection> held = db.blocking.acquire();
    auto first = db.async.acquire()(asio::use_future);
    while (db.blocking.stat().waiting != 1) {
        std::this_thread::yield();
    }
    std::jthread second([&] { EXPECT_EQ(db.blocking.query_value<int>("SELECT 2"), 2); });
    while (db.blocking.stat().waiting != 2) {
        std::this_thread::yield();
    }
    held.reset();
    {
        const dsql::async_connection served = first.get();
        EXPECT_EQ(db.blocking.stat().waiting, 1);  // the second waits for the first
    }
    second.join();
    EXPECT_TRUE(db.are_idle());
}

TEST(SharedPool, ManyCoroutinesShareFewConnections) {
    pools db(3);
    run([](dsql::async_pool& pool) -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto left = std::make_shared<int>(500);
        for (int i = 0; i < 500; ++i) {
            asio::co_spawn(
                executor,
                [](dsql::async_pool& of, int number,
                   std::shared_ptr<int> count) -> asio::awaitable<void> {
                    EXPECT_EQ(co_await of.query_value<int>("SELECT $1::int", number), number);
                    --*count;
                }(pool, i, left),
                [](const std::exception_ptr& failure) {
                    if (failure) {
                        std::rethrow_exception(failure);
                    }
                });
        }
        while (*left > 0) {
            asio::steady_timer soon(executor, 5ms);
            co_await soon.async_wait(asio::use_awaitable);
        }
    }(db.async));
    EXPECT_TRUE(db.are_idle());
    EXPECT_LE(db.blocking.stat().total_connections, 3);
}

TEST(SharedPool, HooksDoNotBlockTheExecutor) {
    std::promise<void> inside;
    std::promise<void> go_on;
    dsql::pool_options options;
    options.prepare_connection = [&, first = true](dsql::connection& prepared) mutable {
        if (std::exchange(first, false)) {
            inside.set_value();
            go_on.get_future().wait();
        }
        prepared.execute("SELECT 1");
        return dsql::prepare_action::use;
    };
    options.reset_session_state = true;
    pools db(1, options);
    asio::io_context io;
    dsql::async_pool pool(db.blocking, io.get_executor());
    auto value = pool.query_value<int>("SELECT 1")(asio::bind_executor(io, asio::use_future));
    std::jthread runs([&io] { io.run(); });
    inside.get_future().wait();
    std::promise<void> was_free;
    asio::post(io, [&] { was_free.set_value(); });
    was_free.get_future().wait();  // while the hook waits
    go_on.set_value();
    EXPECT_EQ(value.get(), 1);
    runs.join();
    EXPECT_TRUE(db.are_idle());
}

TEST(SharedPool, ACloseEndsTheCallsThatWait) {
    pools db(1);
    std::optional<dsql::pooled_connection> held = db.blocking.acquire();
    expect_failure<dsql::pool_closed_error>(failure_after(
        db.async.query_value<int>("SELECT 1"), [&] { return db.blocking.stat().waiting == 1; },
        [&] { db.blocking.close(); }));
}

// Destroys a context in the middle of calls: while one waits for a connection, and while one waits
// for the server.
TEST(SharedPool, AContextMayBeDestroyedWithCallsUnderWay) {
    pools db(1);
    for (int round = 0; round < 20; ++round) {
        {
            asio::io_context io;
            dsql::async_pool pool(db.blocking, io.get_executor());
            for (int i = 0; i < 3; ++i) {
                pool.query_value<int>("SELECT pg_sleep(0.01)::text::int")(
                    [](const std::exception_ptr&, int) {});
            }
            for (int i = 0; i < round; ++i) {
                io.poll_one();
                std::this_thread::sleep_for(200us);
            }
        }
        EXPECT_TRUE(db.are_idle());
    }
    EXPECT_EQ(db.blocking.query_value<int>("SELECT 1"), 1);
}

// A connection that one context has watched is used by another, and by a blocking caller.
TEST(SharedPool, AConnectionMovesBetweenContexts) {
    pools db(1);
    for (int i = 0; i < 5; ++i) {
        asio::io_context one;
        asio::io_context other;
        for (asio::io_context* const io : {&one, &other, &one}) {
            run(*io, [](dsql::async_pool& pool) -> asio::awaitable<void> {
                EXPECT_EQ(co_await pool.query_value<int>("SELECT 1"), 1);
            }(db.async));
            EXPECT_EQ(db.blocking.query_value<int>("SELECT 2"), 2);
        }
    }
    EXPECT_EQ(db.blocking.stat().total_connections, 1);
}

// A stop request, and a connection that is given back, wake calls whose context ends meanwhile.
TEST(SharedPool, AContextMayEndWhileItsCallsAreWoken) {
    pools db(1);
    for (int round = 0; round < 100; ++round) {
        std::optional<dsql::pooled_connection> held = db.blocking.acquire();
        std::stop_source stop;
        auto io = std::make_unique<asio::io_context>();
        dsql::async_pool pool(db.blocking, io->get_executor());
        for (int i = 0; i < 4; ++i) {
            pool.query_value<int>(stop.get_token(),
                                  "SELECT 1")([](const std::exception_ptr&, int) {});
        }
        std::jthread stops([&stop] { stop.request_stop(); });
        std::jthread returns([&held] { held.reset(); });
        io.reset();
    }
    EXPECT_TRUE(db.are_idle());
}

TEST(SharedPool, ACommitUnderWayOutlivesItsTransaction) {
    pools db(1);
    asio::io_context io;
    dsql::async_pool pool(db.blocking, io.get_executor());
    for (int round = 0; round < 20; ++round) {
        std::exception_ptr failure;
        pool.begin()([&](const std::exception_ptr&, dsql::async_transaction running) {
            running.commit()([&](const std::exception_ptr& thrown) { failure = thrown; });
        });
        io.restart();
        io.run();
        if (failure) {  // the destructor was faster than the server
            EXPECT_THROW(std::rethrow_exception(failure), dsql::commit_unknown_error);
        }
    }
    EXPECT_TRUE(db.are_idle());
}

}  // namespace asio_test
