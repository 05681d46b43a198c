// SPDX-License-Identifier: Apache-2.0
#include "base/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace connect_backoff_test {

using dsql::detail::connect_backoff;
using namespace std::chrono_literals;

constexpr connect_backoff::clock::time_point start{1h};

TEST(ConnectBackoff, WithoutFailuresThereIsNoDelay) {
    connect_backoff backoff;
    EXPECT_EQ(backoff.reserve(start), start);
    EXPECT_EQ(backoff.reserve(start), start);
}

TEST(ConnectBackoff, DelaysGrowFromTenMillisecondsToASecondWithJitter) {
    connect_backoff backoff;
    auto expected = 10ms;
    auto now = start;
    for (int i = 0; i < 20; ++i) {
        backoff.failed(now, now);
        EXPECT_GE(backoff.pause(), expected * 3 / 4 - 1ms);
        EXPECT_LE(backoff.pause(), expected * 5 / 4);
        expected = std::min<std::chrono::milliseconds>(expected * 2, 1s);
        now += 1h;
    }
    EXPECT_EQ(backoff.failures(), 20);
}

TEST(ConnectBackoff, AfterAFailureConnectsTakeTurns) {
    connect_backoff backoff;
    backoff.failed(start, start);
    const auto first = backoff.reserve(start);
    const auto second = backoff.reserve(start);
    EXPECT_GE(first, start + 7ms);
    EXPECT_GE(second, first + 7ms);
}

TEST(ConnectBackoff, ConcurrentFailuresCountOnce) {
    connect_backoff backoff;
    for (int i = 0; i < 8; ++i) {
        backoff.failed(start, start + 1ms);
    }
    EXPECT_EQ(backoff.failures(), 1);
    backoff.failed(start + 2ms, start + 3ms);
    EXPECT_EQ(backoff.failures(), 2);
}

TEST(ConnectBackoff, ASuccessEndsTheDelays) {
    connect_backoff backoff;
    backoff.failed(start, start);
    backoff.failed(start, start);
    const auto recoveries = backoff.recoveries();
    backoff.succeeded();
    EXPECT_EQ(backoff.recoveries(), recoveries + 1);
    EXPECT_EQ(backoff.reserve(start), start);
    backoff.succeeded();
    EXPECT_EQ(backoff.recoveries(), recoveries + 1);
}

}  // namespace connect_backoff_test
