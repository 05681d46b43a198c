// SPDX-License-Identifier: Apache-2.0
#include <dsql/error.hpp>

#include "pool/connection_pace.hpp"
#include "pool/connection_rate.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

namespace token_bucket_test {

using dsql::detail::connect_end;
using dsql::detail::connect_turn;
using dsql::detail::connection_rate;
using dsql::detail::shared_connection_rate;
using dsql::detail::token_bucket;
using namespace std::chrono_literals;

constexpr token_bucket::clock::time_point start{1h};

// Takes as many tokens as there are.
int take_all(token_bucket& bucket, token_bucket::clock::time_point now) {
    int taken = 0;
    while (bucket.wait(now) == 0s) {
        bucket.take();
        ++taken;
    }
    return taken;
}

TEST(TokenBucket, AllowsItsCapacityAtOnceAndThenTheRate) {
    token_bucket bucket(10, 3);
    EXPECT_EQ(take_all(bucket, start), 3);
    EXPECT_EQ(bucket.wait(start), 100ms);
    // Rounded up. x87 calculates with more digits than a double has.
    EXPECT_GE(bucket.wait(start + 60ms), 40ms);
    EXPECT_LE(bucket.wait(start + 60ms), 40ms + 1ns);
    EXPECT_EQ(take_all(bucket, start + 100ms), 1);
}

TEST(TokenBucket, FillsUpToItsCapacity) {
    token_bucket bucket(10, 2);
    EXPECT_EQ(take_all(bucket, start), 2);
    EXPECT_EQ(take_all(bucket, start + 1h), 2);
}

TEST(TokenBucket, DrainRemovesTheBurst) {
    token_bucket bucket(10, 5);
    EXPECT_EQ(bucket.wait(start), 0s);
    bucket.drain();
    EXPECT_EQ(bucket.wait(start), 100ms);
}

TEST(TokenBucket, LimitsAreLoweredAndNeverRaised) {
    token_bucket bucket(10, 5);
    bucket.lower_to(1, 1);
    bucket.lower_to(100, 100);
    EXPECT_EQ(take_all(bucket, start), 1);
    EXPECT_EQ(bucket.wait(start), 1s);
}

TEST(ConnectionRate, IsSharedPerClusterWhileInUse) {
    const auto one = shared_connection_rate("a.example", 100, 10);
    EXPECT_EQ(shared_connection_rate("a.example", 100, 10), one);
    EXPECT_NE(shared_connection_rate("b.example", 100, 10), one);
}

TEST(ConnectionRate, AStopEndsTheWait) {
    connection_rate rate(1e-6, 1);
    const connect_turn first(rate, {});
    std::stop_source stop;
    std::latch begun(1);
    std::jthread waiter([&] {
        begun.count_down();
        EXPECT_THROW(connect_turn(rate, stop.get_token()), dsql::cancelled_error);
    });
    begun.wait();
    stop.request_stop();
}

TEST(ConnectionRate, TheEndOfAConnectLetsTheNextBegin) {
    connection_rate rate(1e9, 100);
    auto first = std::make_unique<connect_turn>(rate, std::stop_token());
    std::atomic<int> turns = 0;
    std::vector<std::jthread> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.emplace_back([&] {
            connect_turn turn(rate, {});
            turn.ended(connect_end::connected);
            ++turns;
        });
    }
    first->ended(connect_end::connected);
    first.reset();
    waiting.clear();
    EXPECT_EQ(turns, 4);
}

}  // namespace token_bucket_test
