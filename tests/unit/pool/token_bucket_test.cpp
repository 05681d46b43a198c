// SPDX-License-Identifier: Apache-2.0
#include "pool/connection_rate.hpp"

#include <gtest/gtest.h>

#include <stop_token>
#include <thread>

namespace token_bucket_test {

using dsql::detail::shared_connection_rate;
using dsql::detail::token_bucket;
using namespace std::chrono_literals;

constexpr token_bucket::clock::time_point start{1h};

TEST(TokenBucket, AllowsItsCapacityAtOnceAndThenTheRate) {
    token_bucket bucket(10, 3);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(bucket.take(start), 0s);
    }
    EXPECT_EQ(bucket.take(start), 100ms);
    EXPECT_EQ(bucket.take(start), 200ms) << "in the order of coming";
    EXPECT_EQ(bucket.take(start + 150ms), 150ms);
}

TEST(TokenBucket, FillsUpToItsCapacity) {
    token_bucket bucket(10, 2);
    EXPECT_EQ(bucket.take(start), 0s);
    EXPECT_EQ(bucket.take(start + 1h), 0s);
    EXPECT_EQ(bucket.take(start + 1h), 0s);
    EXPECT_GT(bucket.take(start + 1h), 0s);
}

TEST(TokenBucket, AReturnedTokenServesTheNextCaller) {
    token_bucket bucket(10, 1);
    EXPECT_EQ(bucket.take(start), 0s);
    EXPECT_EQ(bucket.take(start), 100ms);
    bucket.give_back();
    EXPECT_EQ(bucket.take(start), 100ms);
}

TEST(TokenBucket, DrainRemovesTheBurst) {
    token_bucket bucket(10, 5);
    EXPECT_EQ(bucket.take(start), 0s);
    bucket.drain();
    EXPECT_EQ(bucket.take(start), 100ms);
}

TEST(TokenBucket, LimitsAreLoweredAndNeverRaised) {
    token_bucket bucket(10, 5);
    bucket.lower_to(1, 1);
    bucket.lower_to(100, 100);
    EXPECT_EQ(bucket.take(start), 0s);
    EXPECT_EQ(bucket.take(start), 1s);
}

TEST(ConnectionRate, IsSharedPerClusterWhileInUse) {
    const auto one = shared_connection_rate("a.example", 100, 10);
    EXPECT_EQ(shared_connection_rate("a.example", 100, 10), one);
    EXPECT_NE(shared_connection_rate("b.example", 100, 10), one);
}

TEST(ConnectionRate, AStopEndsTheWait) {
    dsql::detail::connection_rate rate(1e-6, 1);
    EXPECT_TRUE(rate.take({}));
    std::stop_source stop;
    bool taken = true;
    std::jthread waiter([&] { taken = rate.take(stop.get_token()); });
    stop.request_stop();
    waiter.join();
    EXPECT_FALSE(taken);
}

}  // namespace token_bucket_test
