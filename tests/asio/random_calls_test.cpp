// SPDX-License-Identifier: Apache-2.0
// Calls in random order with deadlines, cancellations, cut connections, pools that are closed and
// contexts that are destroyed: money is neither made nor lost, nobody is forgotten, and no
// connection is left half used. The seed is printed; DSQL_TEST_SEED repeats a run, and
// DSQL_TEST_SEQUENCES sets the number of calls of each test.
#include <dsql/error.hpp>

#include "asio/asio_test.hpp"
#include "support/cutting_relay.hpp"
#include "support/random_seed.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <thread>
#include <vector>

namespace asio_test {

namespace {

constexpr int accounts = 20;

int wanted_calls() {
    const char* const wanted = std::getenv("DSQL_TEST_SEQUENCES");
    return wanted != nullptr ? std::atoi(wanted) : DSQL_SANITIZED != 0 ? 2'000 : 6'000;
}
const int calls = wanted_calls();

void open_accounts(dsql::pool& pool) {
    pool.execute("DROP TABLE IF EXISTS async_accounts");
    pool.execute("CREATE TABLE async_accounts (id int PRIMARY KEY, balance bigint NOT NULL)");
    pool.execute("INSERT INTO async_accounts SELECT i, 100 FROM generate_series(1, $1::int) AS i",
                 accounts);
}

asio::awaitable<void> transfer(dsql::async_pool& pool, int from, int to, dsql::call_limits limits) {
    co_await dsql::async_transact(
        pool, {std::move(limits), dsql::retry_policy::latency_sensitive()},
        [&](dsql::async_transaction& work) -> asio::awaitable<void> {
            co_await work.execute("UPDATE async_accounts SET balance = balance - 1 WHERE id = $1",
                                  from);
            co_await work.execute("UPDATE async_accounts SET balance = balance + 1 WHERE id = $1",
                                  to);
        });
}

struct tally {
    int begun = 0;
    int over = 0;
    int failed = 0;
};

// One call of a random kind, cancelled at a random moment or not at all.
asio::awaitable<void> call_once(dsql::async_pool& pool, std::uint64_t random, tally& all) {
    ++all.begun;
    const dsql::call_limits limits =
        random % 4 == 0 ? dsql::call_limits(dsql::within{std::chrono::microseconds(random % 3'000)})
                        : dsql::call_limits();
    try {
        switch (random / 4 % 4) {
            case 0:
                co_await transfer(pool, 1 + static_cast<int>(random / 16 % accounts),
                                  1 + static_cast<int>(random / 512 % accounts), limits);
                break;
            case 1:
                EXPECT_EQ(co_await pool.query_value<std::int64_t>(
                              limits, "SELECT $1::bigint", static_cast<std::int64_t>(random / 2)),
                          static_cast<std::int64_t>(random / 2));
                break;
            case 2: {
                dsql::async_connection held = co_await pool.acquire(limits);
                co_await held.ping(limits);
                break;
            }
            default: {
                dsql::batch statements;
                statements.add("SELECT 1");
                statements.add("SELECT count(*) FROM async_accounts");
                static_cast<void>(co_await pool.run(limits, std::move(statements)));
            }
        }
    } catch (const dsql::error&) {
        ++all.failed;
    }
    ++all.over;
}

asio::awaitable<void> call_many(dsql::async_pool& pool, int number, std::uint64_t seed,
                                tally& all) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < number; ++i) {
        co_await call_once(pool, random(), all);
    }
}

std::int64_t money(dsql::pool& pool) {
    return pool.query_value<std::int64_t>("SELECT sum(balance)::bigint FROM async_accounts");
}

}  // namespace

TEST(RandomCalls, KeepMoneyAndForgetNobody) {
    std::mt19937_64 random(random_seed());
    pools db(4);
    open_accounts(db.blocking);
    constexpr int callers = 16;
    tally all;
    asio::io_context io;
    std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
    for (int i = 0; i < callers; ++i) {
        signals.push_back(std::make_unique<asio::cancellation_signal>());
        asio::co_spawn(io, call_many(db.async, calls / callers, random(), all),
                       asio::bind_cancellation_slot(signals.back()->slot(),
                                                    [](const std::exception_ptr& failure) {
                                                        if (failure) {
                                                            std::rethrow_exception(failure);
                                                        }
                                                    }));
    }
    io.run();
    EXPECT_EQ(all.begun, calls / callers * callers);
    EXPECT_EQ(all.over, all.begun);
    EXPECT_LT(all.failed, all.begun);
    EXPECT_TRUE(db.are_idle());
    EXPECT_EQ(money(db.blocking), accounts * 100);
}

TEST(RandomCalls, SurviveCancellationsAndTheEndOfTheirContext) {
    std::mt19937_64 random(random_seed());
    pools db(3);
    open_accounts(db.blocking);
    for (int round = 0; round < calls / 200; ++round) {
        tally all;
        std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
        {
            asio::io_context io;
            for (int i = 0; i < 8; ++i) {
                signals.push_back(std::make_unique<asio::cancellation_signal>());
                asio::co_spawn(io, call_many(db.async, 5, random(), all),
                               asio::bind_cancellation_slot(signals.back()->slot(),
                                                            [](const std::exception_ptr&) {}));
            }
            const int steps = static_cast<int>(random() % 200);
            for (int i = 0; i < steps; ++i) {
                io.run_one_for(1ms);
                if (random() % 16 == 0) {
                    // Posted, because Boost 1.83 throws out of run() for a coroutine that is
                    // cancelled before its first step.
                    asio::post(io, [&signal = *signals[random() % signals.size()]] {
                        signal.emit(asio::cancellation_type::terminal);
                    });
                }
            }
            if (random() % 2 == 0) {
                io.run();
            }
        }
        ASSERT_TRUE(db.are_idle()) << "after round " << round;
    }
    EXPECT_EQ(money(db.blocking), accounts * 100);
    EXPECT_EQ(db.blocking.query_value<int>("SELECT 1"), 1);
}

// The relay cuts each connection after a random number of bytes, so in any message.
TEST(RandomCalls, SurviveCutsOfTheirConnections) {
    const std::uint64_t seed = random_seed();
    std::mt19937_64 random(seed);
    pools direct(2);
    open_accounts(direct.blocking);
    const cutting_relay relay(std::stoi(required_variable("DSQL_PORT")),
                              static_cast<unsigned>(seed), {.longest = 40'000});
    dsql::config cut = endpoint_under_test();
    cut.host_address = "127.0.0.1";
    cut.port = relay.port();
    dsql::pool through(cut, {.max_connections = 4});
    dsql::async_pool pool(through);
    constexpr int callers = 16;
    tally all;
    asio::io_context io;
    for (int i = 0; i < callers; ++i) {
        asio::co_spawn(io, call_many(pool, calls / 4 / callers, random(), all),
                       [](const std::exception_ptr& failure) {
                           if (failure) {
                               std::rethrow_exception(failure);
                           }
                       });
    }
    io.run();
    EXPECT_EQ(all.over, calls / 4 / callers * callers);
    EXPECT_GT(relay.count().cuts, 0U);
    EXPECT_EQ(through.close(30s), 0);
    EXPECT_EQ(money(direct.blocking), accounts * 100);
}

TEST(RandomCalls, SurviveTheCloseOfTheirPool) {
    std::mt19937_64 random(random_seed());
    pools direct(1);
    open_accounts(direct.blocking);
    for (int round = 0; round < calls / 500; ++round) {
        pools db(3);
        tally all;
        asio::io_context io;
        for (int i = 0; i < 8; ++i) {
            asio::co_spawn(io, call_many(db.async, 5, random(), all),
                           [](const std::exception_ptr& failure) {
                               if (failure) {
                                   std::rethrow_exception(failure);
                               }
                           });
        }
        const int steps = static_cast<int>(random() % 200);
        for (int i = 0; i < steps; ++i) {
            io.run_one_for(1ms);
        }
        std::jthread closes([&db] { db.blocking.close(); });
        io.run();
        EXPECT_EQ(all.over, 40);
        closes.join();
        ASSERT_EQ(db.blocking.close(30s), 0) << "after round " << round;
    }
    EXPECT_EQ(money(direct.blocking), accounts * 100);
}

}  // namespace asio_test
