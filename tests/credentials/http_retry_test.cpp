// SPDX-License-Identifier: Apache-2.0
#include "aws/http/retry.hpp"
#include "support/http_server.hpp"
#include "support/scoped_environment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

namespace http_retry_test {

using namespace dsql::aws;
using namespace dsql::detail;
using namespace std::chrono_literals;

class HttpRetry : public testing::Test {
protected:
    HttpRetry() {
        environment_.clear();
        rules_.pause = [this](std::chrono::milliseconds time, const std::stop_token&) {
            pauses_.push_back(time);
        };
    }
    [[nodiscard]] int status(const http_server& server) const {
        return send_with_retries({.url = server.url()}, rules_, {}).status;
    }

    scoped_environment environment_;
    std::vector<std::chrono::milliseconds> pauses_;
    retry_rules rules_;
};

TEST_F(HttpRetry, TransientErrorsAreRetriedUntilTheAttemptsAreUsedUp) {
    const http_server recovering{{.status = 500}, {.cut = true}, {.status = 200}};
    EXPECT_EQ(status(recovering), 200);
    EXPECT_EQ(pauses_.size(), 2U);
    const http_server throttling{{.status = 429}};
    EXPECT_EQ(status(throttling), 429);
    EXPECT_EQ(throttling.requests().size(), 3U);
    const http_server cutting{{.cut = true}};
    EXPECT_THROW(static_cast<void>(status(cutting)), http_failure);
    EXPECT_EQ(cutting.requests().size(), 3U);
}

TEST_F(HttpRetry, OtherResponsesAreFinal) {
    for (const int final : {200, 302, 400, 403, 404}) {
        const http_server server{{.status = final}};
        EXPECT_EQ(status(server), final);
        EXPECT_EQ(server.requests().size(), 1U);
    }
    EXPECT_TRUE(pauses_.empty());
}

TEST_F(HttpRetry, PermanentErrorsAreThrownAtOnce) {
    for (const char* url : {"not a url", "file:///etc/hostname"}) {
        EXPECT_THROW(static_cast<void>(send_with_retries({.url = url}, rules_, {})), http_failure);
    }
    EXPECT_TRUE(pauses_.empty());
}

TEST_F(HttpRetry, ATimeoutIsRetriedOnlyIfRequested) {
    for (const bool wanted : {false, true}) {
        const http_server server{{.silent = true}};
        http_request request{.url = server.url()};
        request.timeout = 20ms;
        rules_.after_timeout = wanted;
        pauses_.clear();
        EXPECT_THROW(static_cast<void>(send_with_retries(request, rules_, {})), http_failure);
        EXPECT_EQ(pauses_.size(), wanted ? 2U : 0U);
    }
}

TEST_F(HttpRetry, TheRequestCanBeRenewedBeforeEachAttemptButTheFirst) {
    const http_server server{{.status = 503}, {.status = 503}, {.status = 200}};
    http_request request{.url = server.url(), .headers = {{"X-Attempt", "1"}}};
    int attempt = 1;
    rules_.before_retry = [&] {
        request.headers[0].value = std::to_string(++attempt);
    };
    EXPECT_EQ(send_with_retries(request, rules_, {}).status, 200);
    ASSERT_EQ(server.requests().size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(server.requests()[i].headers.at("x-attempt"), std::to_string(i + 1));
    }
}

TEST_F(HttpRetry, AStopEndsTheAttempts) {
    std::stop_source stop;
    rules_.pause = [&stop](std::chrono::milliseconds, const std::stop_token&) {
        stop.request_stop();
    };
    const http_server server{{.status = 503}};
    EXPECT_THROW(
        static_cast<void>(send_with_retries({.url = server.url()}, rules_, stop.get_token())),
        http_failure);
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(HttpRetry, BackoffGrowsToTwentySecondsFromABaseThatDependsOnThrottling) {
    for (const auto& [attempt, throttled, longest] :
         {std::tuple(1, false, 50ms), std::tuple(3, false, 200ms), std::tuple(1, true, 500ms),
          std::tuple(50, true, 20'000ms)}) {
        std::chrono::milliseconds most{0};
        for (int i = 0; i < 1'000; ++i) {
            const auto pause = backoff(attempt, throttled);
            ASSERT_GE(pause, 0ms);
            ASSERT_LE(pause, longest);
            most = std::max(most, pause);
        }
        EXPECT_GT(most, longest / 2);  // fails by chance once in 2^1000 runs
    }
}

TEST_F(HttpRetry, APauseEndsWithAStop) {
    std::stop_source stop;
    stop.request_stop();
    interruptible_pause(1h, stop.get_token());  // without the stop, the test would time out
}

}  // namespace http_retry_test
