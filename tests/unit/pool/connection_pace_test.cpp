// SPDX-License-Identifier: Apache-2.0
// How a process slows down when the cluster refuses connects, and how it gets faster again.
#include "pool/connection_pace.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace connection_pace_test {

using dsql::detail::connect_end;
using dsql::detail::connection_pace;
using namespace std::chrono_literals;
using clock = connection_pace::clock;

class ConnectionPace : public testing::Test {
protected:
    // Begins a connect as soon as it may begin, and ends it at once.
    void connect(connect_end how) {
        now_ = pace_.next(now_);
        pace_.begin(now_);
        pace_.end(how, now_, now_);
    }
    // How long the next connect has to wait.
    [[nodiscard]] clock::duration wait() { return pace_.next(now_) - now_; }

    clock::time_point now_{1h};
    connection_pace pace_{100, 900};
};

TEST_F(ConnectionPace, TheFirstConnectGoesAloneAndEachSuccessAllowsOneMore) {
    pace_.begin(now_);
    EXPECT_GT(wait(), 0s);
    pace_.end(connect_end::connected, now_, now_);
    for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(wait(), 0s);
        pace_.begin(now_);
    }
    EXPECT_GT(wait(), 0s);
}

TEST_F(ConnectionPace, AConnectThatHangsDelaysTheNextAQuarterOfASecond) {
    pace_.begin(now_);
    EXPECT_EQ(wait(), 250ms);
    now_ += 250ms;
    pace_.begin(now_);
    EXPECT_EQ(wait(), 250ms);
}

TEST_F(ConnectionPace, TheAllowanceIsKeptWithoutRefusals) {
    const auto began = now_;
    for (int i = 0; i < 1'000; ++i) {
        connect(connect_end::connected);
    }
    EXPECT_EQ(pace_.pause().count(), 0);
    EXPECT_GE(now_ - began, 1s);
    EXPECT_LE(now_ - began, 1001ms);
}

TEST_F(ConnectionPace, RefusalsMakeThePauseLonger) {
    connect(connect_end::connected);
    auto least = 1800ms;
    for (int i = 0; i < 10; ++i) {
        connect(connect_end::refused);
        EXPECT_GE(wait(), least);
        EXPECT_LE(wait(), 13200ms);
        // After the first wait of at most 2.2 s, three times what is left of 2 s, less a tenth.
        least = i == 0 ? 4750ms : 10s;
    }
}

TEST_F(ConnectionPace, SuccessesMakeItShorterUntilTheAllowanceAloneLimits) {
    connect(connect_end::connected);
    for (int i = 0; i < 3; ++i) {
        connect(connect_end::refused);
    }
    auto longer = pace_.pause();
    int successes = 0;
    while (pace_.pause().count() > 0) {
        connect(connect_end::connected);
        EXPECT_LT(pace_.pause(), longer);
        longer = pace_.pause();
        ++successes;
    }
    EXPECT_LE(successes, 20);
}

TEST_F(ConnectionPace, ConnectsRefusedTogetherCountOnce) {
    for (int i = 0; i < 8; ++i) {
        connect(connect_end::connected);
    }
    const auto began = now_;
    for (int i = 0; i < 8; ++i) {
        pace_.begin(now_);
    }
    for (int i = 0; i < 8; ++i) {
        now_ += 1ms;
        pace_.end(connect_end::refused, began, now_);
    }
    EXPECT_EQ(pace_.pause(), 2s);
}

TEST_F(ConnectionPace, AProcessWithoutConnectionsDoesNotPauseLong) {
    for (int i = 0; i < 10; ++i) {
        connect(connect_end::refused);
        EXPECT_LE(wait(), 1650ms);
    }
    connect(connect_end::connected);
    connect(connect_end::refused);
    EXPECT_GT(wait(), 1650ms);
    connect(connect_end::failed);
    connect(connect_end::refused);
    EXPECT_LE(wait(), 1650ms) << "it may have lost its connections";
}

TEST_F(ConnectionPace, AQuietTimeEndsThePause) {
    connect(connect_end::connected);
    for (int i = 0; i < 3; ++i) {
        connect(connect_end::refused);
    }
    now_ += 10min;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(wait(), 0s);
        connect(connect_end::connected);
    }
}

TEST_F(ConnectionPace, AfterTheNetworkFailedTheFirstConnectGoesAlone) {
    for (int i = 0; i < 8; ++i) {
        connect(connect_end::connected);
    }
    connect(connect_end::failed);
    pace_.begin(now_);
    EXPECT_EQ(wait(), 250ms);
}

TEST_F(ConnectionPace, AnAbandonedConnectChangesNothing) {
    connect(connect_end::connected);
    connect(connect_end::abandoned);
    pace_.begin(now_);
    EXPECT_EQ(wait(), 0s);
    EXPECT_EQ(pace_.pause().count(), 0);
}

}  // namespace connection_pace_test
