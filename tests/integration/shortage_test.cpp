// SPDX-License-Identifier: Apache-2.0
// A process with a pool runs out of memory, threads or file descriptors. The program does not end,
// no connection is lost, and calls that do not need the resource still work. This is a separate
// program, because it makes operator new and pthread_create fail.
#include "support/shortage.hpp"

#include <dsql/dsql.hpp>

#include "integration/endpoint_under_test.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace shortage_test {

using dsql::pool;
using namespace std::chrono_literals;

constexpr int most = 3;

// Prevents this process from opening file descriptors while it lives.
class no_descriptors {
public:
    no_descriptors() {
        getrlimit(RLIMIT_NOFILE, &before_);
        const int next = dup(STDERR_FILENO);
        close(next);
        rlimit lowered = before_;
        lowered.rlim_cur = static_cast<rlim_t>(next);
        setrlimit(RLIMIT_NOFILE, &lowered);
        EXPECT_LT(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    }
    ~no_descriptors() { setrlimit(RLIMIT_NOFILE, &before_); }
    no_descriptors(const no_descriptors&) = delete;
    no_descriptors& operator=(const no_descriptors&) = delete;

private:
    rlimit before_{};
};

dsql::pool_options options() {
    return {.max_connections = most,
            .acquire_timeout = 1h,  // only a caller that was forgotten waits this long
            .liveness = dsql::liveness_check::ping,
            .ping_after_idle = 0ms,
            .prepare_connection =
                [](dsql::connection& session) {
                    session.execute("SELECT 1");
                    return dsql::prepare_action::use;
                },
            .after_release =
                [](dsql::connection& session) {
                    session.execute("SELECT 2");
                    return true;
                }};
}

void expect_nothing_lost(pool& connections) {
    EXPECT_EQ(connections.stat().acquired_connections, 0);
    std::vector<dsql::pooled_connection> held;
    while (held.size() < most) {
        held.push_back(connections.acquire());
    }
    EXPECT_EQ(connections.stat().acquired_connections, most);
}

TEST(DescriptorShortage, CallsWithAStopTokenWorkAndLoseNoConnection) {
    pool connections(endpoint_under_test(), options());
    connections.warm_up(most, 60s);
    const std::stop_source stop;
    {
        const no_descriptors none;
        for (int i = 0; i < 30; ++i) {
            connections.ping(stop.get_token());
            connections.execute({dsql::within{1h}, stop.get_token()}, "SELECT 1");
            dsql::pooled_transaction transaction = connections.begin(stop.get_token());
            transaction.execute(stop.get_token(), "SELECT 1");
            transaction.commit(stop.get_token());
        }
    }
    EXPECT_EQ(connections.stat().new_connections_count, most) << "none was closed";
    expect_nothing_lost(connections);
}

TEST(DescriptorShortage, AStopIsStillNoticed) {
    pool connections(endpoint_under_test(), options());
    connections.warm_up(most, 60s);
    std::stop_source stop;
    {
        const no_descriptors none;
        std::jthread stopper([&] { stop.request_stop(); });
        EXPECT_THROW(connections.execute(stop.get_token(), "SELECT pg_sleep(3600)"),
                     dsql::cancelled_error);
        EXPECT_THROW(connections.execute(dsql::within{50ms}, "SELECT pg_sleep(3600)"),
                     dsql::timeout_error);
    }
    expect_nothing_lost(connections);
}

TEST(DescriptorShortage, AConnectWaitsForFreeDescriptors) {
    pool connections(endpoint_under_test(), options());
    std::jthread acquirer;
    {
        const no_descriptors none;
        acquirer = std::jthread([&] { static_cast<void>(connections.acquire()); });
        while (connections.stat().connect_errors == 0) {
            std::this_thread::yield();
        }
    }
    acquirer.join();
    expect_nothing_lost(connections);
}

// Uses of a pool; each failure happens during one of them.
const std::function<void(pool&)> uses[] = {
    [](pool& connections) {
        const std::stop_source stop;
        connections.ping(stop.get_token());
    },
    [](pool& connections) { static_cast<void>(connections.acquire_all_idle()); },
    [](pool& connections) {
        static_cast<void>(connections.query_value<std::string>("SELECT $1::text", "text"));
    },
    [](pool& connections) {
        dsql::pooled_transaction transaction = connections.begin();
        transaction.execute("SELECT 1");
        transaction.commit();
    },
    [](pool& connections) { static_cast<void>(connections.acquire().hijack()); },
    [](pool& connections) {
        auto held = connections.acquire();
        for (const auto& [number] : held->stream<int>("SELECT n FROM generate_series(1, 10) n")) {
            EXPECT_GT(number, 0);
        }
    },
    [](pool& connections) {
        connections.reset();
        connections.warm_up(most, 1h);
    },
    [](pool& connections) {
        dsql::batch statements;
        statements.add("SELECT 1");
        statements.add("SELECT $1::int", 2);
        static_cast<void>(connections.run(statements));
    },
};

// Each allocation fails once, during a random use of the pool.
TEST(MemoryShortage, NoConnectionIsLost) {
    const char* const given = std::getenv("DSQL_TEST_SEED");
    const unsigned seed =
        given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
    std::cout << "DSQL_TEST_SEED=" << seed << '\n';
    std::minstd_rand random(seed);
    pool connections(endpoint_under_test(), options());
    for (const auto& use : uses) {
        const auto number = &use - uses;
        for (std::uint64_t nth = 1;; nth += 1 + random() % 3) {
            SCOPED_TRACE("request " + std::to_string(nth) + " of use " + std::to_string(number));
            connections.warm_up(most, 1h);
            shortage::fail(shortage::resource::memory, nth);
            try {
                use(connections);
            } catch (const std::exception&) {
                // Any exception is allowed here.
            }
            const bool over = shortage::end() < nth;
            expect_nothing_lost(connections);
            if (over || HasFailure()) {
                break;
            }
        }
    }
}

TEST(ThreadShortage, DelaysAnAcquireAndDoesNotFailIt) {
    pool connections(endpoint_under_test(), options());
    for (std::uint64_t nth = 1; nth < 4; ++nth) {
        connections.reset();
        shortage::fail(shortage::resource::threads, nth, 2);
        expect_nothing_lost(connections);
        shortage::end();
    }
}

}  // namespace shortage_test
