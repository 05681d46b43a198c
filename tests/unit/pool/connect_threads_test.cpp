// SPDX-License-Identifier: Apache-2.0
#include "pool/connect_threads.hpp"

#include <dsql/error.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

namespace connect_threads_test {

using dsql::detail::connect_threads;

TEST(ConnectThreads, NoTaskStartsAfterTheClose) {
    connect_threads threads;
    threads.close();
    EXPECT_THROW(threads.run([] { ADD_FAILURE() << "the task ran"; }), dsql::error);
}

TEST(ConnectThreads, NoTaskStartsAfterACloseThatDoesNotWait) {
    connect_threads threads;
    std::latch may_end(1);
    threads.run([&] { may_end.wait(); });
    const auto kept = std::make_shared<int>(0);
    threads.close_and_keep(kept);
    EXPECT_THROW(threads.run([] { ADD_FAILURE() << "the task ran"; }), dsql::error);
    EXPECT_EQ(kept.use_count(), 2);
    may_end.count_down();
    threads.close();
    EXPECT_EQ(kept.use_count(), 1);
}

// Another thread may be about to start a task when the object is closed. A pool that is closed at
// the end of the process must have no thread afterwards, because OpenSSL has none of its data then.
TEST(ConnectThreads, NoTaskRunsAfterACloseInTheMiddleOfStarts) {
    for (int round = 0; round < 50; ++round) {
        connect_threads threads;
        std::atomic<bool> is_closed = false;
        std::latch started(2);
        std::vector<std::thread> starters;
        for (int i = 0; i < 2; ++i) {
            starters.emplace_back([&] {
                started.count_down();
                try {
                    for (int task = 0; task < 20; ++task) {
                        threads.run([&] { EXPECT_FALSE(is_closed); });
                    }
                } catch (const dsql::error&) {
                    return;
                }
            });
        }
        started.wait();
        threads.close();
        is_closed = true;
        for (std::thread& starter : starters) {
            starter.join();
        }
    }
}

}  // namespace connect_threads_test
