// SPDX-License-Identifier: Apache-2.0
#include "connector/endpoint_health.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace endpoint_health_test {

using dsql::detail::endpoint_health;
using namespace std::chrono_literals;
using order = std::vector<std::size_t>;

constexpr endpoint_health::clock::time_point start{1h};

TEST(EndpointHealth, TheFirstIsPreferred) {
    endpoint_health health(3);
    EXPECT_EQ(health.order(start), (order{0, 1, 2}));
}

TEST(EndpointHealth, WhatIsDownIsTriedLastUntilItsPauseIsOver) {
    endpoint_health health(3);
    health.failed(0, start);
    EXPECT_EQ(health.order(start), (order{1, 2, 0}));
    EXPECT_EQ(health.order(start + endpoint_health::first_pause - 1ms), (order{1, 2, 0}));
    EXPECT_EQ(health.order(start + endpoint_health::first_pause), (order{0, 1, 2}));
}

TEST(EndpointHealth, OneCallerTriesWhatWasDown) {
    endpoint_health health(2);
    health.failed(0, start);
    const auto later = start + endpoint_health::first_pause;
    EXPECT_EQ(health.order(later), (order{0, 1}));
    EXPECT_EQ(health.order(later), (order{1, 0})) << "another one is about to find out";
    health.reached(0);
    EXPECT_EQ(health.order(later), (order{0, 1}));
}

TEST(EndpointHealth, PausesDoubleUpToALimit) {
    endpoint_health health(2);
    auto now = start;
    health.failed(0, now);
    for (std::chrono::milliseconds pause = endpoint_health::first_pause;
         pause < endpoint_health::longest_pause * 2; pause *= 2) {
        const auto expected = std::min(pause, endpoint_health::longest_pause);
        EXPECT_EQ(health.order(now + expected - 1ms), (order{1, 0})) << pause.count();
        now += expected;
        EXPECT_EQ(health.order(now), (order{0, 1})) << pause.count();
        health.failed(0, now);
    }
    health.reached(0);
    health.failed(0, now);
    EXPECT_EQ(health.order(now + endpoint_health::first_pause), (order{0, 1})) << "from the start";
}

TEST(EndpointHealth, ConnectsThatFailTogetherCountOnce) {
    endpoint_health health(2);
    for (int i = 0; i < 100; ++i) {
        health.failed(0, start + std::chrono::milliseconds(i));
    }
    EXPECT_EQ(health.order(start + endpoint_health::first_pause), (order{0, 1}));
}

// The pause of the caller that tries begins when it does, and may be over when it fails.
TEST(EndpointHealth, ASlowFailureBeginsThePauseAgain) {
    endpoint_health health(2);
    health.failed(0, start);
    EXPECT_EQ(health.order(start + 1s), (order{0, 1}));
    health.failed(0, start + 10s);
    EXPECT_EQ(health.order(start + 10s), (order{1, 0}));
    EXPECT_EQ(health.order(start + 10s + endpoint_health::first_pause * 2), (order{0, 1}));
}

TEST(EndpointHealth, IfAllAreDownAllAreTriedInTheirOrder) {
    endpoint_health health(3);
    for (const std::size_t endpoint : {2U, 0U, 1U}) {
        health.failed(endpoint, start);
    }
    EXPECT_EQ(health.order(start), (order{0, 1, 2}));
}

}  // namespace endpoint_health_test
