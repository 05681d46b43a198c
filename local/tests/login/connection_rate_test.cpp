// SPDX-License-Identifier: Apache-2.0
#include "login/connection_rate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace connection_rate_test {

using namespace dsql_local;
using namespace std::chrono_literals;

constexpr connection_rate::time_point start(1h);

// Returns how many sessions are admitted at one time before the first rejection.
int count_admitted(connection_rate& rate, connection_rate::time_point now) {
    int count = 0;
    while (count < 10'000 && rate.admit(now)) {
        ++count;
    }
    return count;
}

TEST(connection_rate, admits_a_burst_at_once) {
    connection_rate rate(100, 1'000);
    EXPECT_EQ(count_admitted(rate, start), 1'000);
    EXPECT_EQ(rate.rejected_count(), 1U);
}

TEST(connection_rate, a_token_comes_each_interval_and_not_before) {
    connection_rate rate(100, 5);
    count_admitted(rate, start);
    EXPECT_FALSE(rate.admit(start + 10ms - 1ns));
    EXPECT_TRUE(rate.admit(start + 10ms));
    EXPECT_FALSE(rate.admit(start + 20ms - 1ns));
    EXPECT_EQ(count_admitted(rate, start + 40ms), 3);
}

TEST(connection_rate, the_bucket_does_not_overflow) {
    connection_rate rate(100, 5);
    count_admitted(rate, start);
    EXPECT_EQ(count_admitted(rate, start + 49ms), 4);
    EXPECT_EQ(count_admitted(rate, start + 24h), 5);
}

TEST(connection_rate, a_refused_session_takes_no_token) {
    connection_rate rate(1, 1);
    EXPECT_TRUE(rate.admit(start));
    for (int i = 0; i < 100; ++i) {
        EXPECT_FALSE(rate.admit(start + 500ms));
    }
    EXPECT_TRUE(rate.admit(start + 1s));
    EXPECT_EQ(rate.rejected_count(), 100U);
}

TEST(connection_rate, time_does_not_run_backwards) {
    connection_rate rate(1, 2);
    EXPECT_TRUE(rate.admit(start + 1s));
    EXPECT_TRUE(rate.admit(start));  // threads may call admit() out of order
    EXPECT_FALSE(rate.admit(start + 1s));
}

TEST(connection_rate, zero_is_no_limit) {
    connection_rate rate(0, 1);
    EXPECT_EQ(count_admitted(rate, start), 10'000);
    EXPECT_EQ(count_admitted(rate, start - 1s), 10'000);
    EXPECT_EQ(rate.rejected_count(), 0U);
}

TEST(connection_rate, counts_exactly_across_threads) {
    connection_rate rate(1, 1'000);
    std::atomic<int> admitted = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 500; ++j) {
                admitted += rate.admit(start) ? 1 : 0;
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(admitted, 1'000);
    EXPECT_EQ(rate.rejected_count(), 1'000U);
}

}  // namespace connection_rate_test
