// SPDX-License-Identifier: Apache-2.0
// Calls that must end while a source of credentials never responds. A call that waited for the
// source would make the test hang.
#include <dsql/connection.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/pool.hpp>
#include <dsql/token.hpp>

#include "support/slow_sources.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

namespace slow_credentials_test {

using dsql::cancelled_error;
using dsql::config;
using dsql::timeout_error;
using dsql::within;
using namespace std::chrono_literals;

class SlowCredentials : public testing::TestWithParam<slow_source_kind> {
protected:
    // Expects that the message names the source that did not respond.
    void expect_activity(const std::string& message) const {
        EXPECT_NE(message.find(" while waiting for credentials (" + source_->activity()),
                  std::string::npos)
            << message;
    }

    // Runs `call` with a stop token, and requests the stop as soon as the source has been called.
    template <class F>
    void expect_stopped(F call) {
        std::stop_source stop;
        std::jthread stopper([&] {
            source_->await_asked();
            stop.request_stop();
        });
        expect_activity(thrown_message<cancelled_error>([&] { return call(stop.get_token()); }));
        stopper.join();
        source_->await_left();
    }

    // A config with a connect_timeout that is sure to expire.
    [[nodiscard]] config hasty_settings() const {
        config settings = source_->settings();
        settings.connect_timeout = 200ms;
        return settings;
    }

    const std::unique_ptr<slow_source> source_ = GetParam().make();
};

TEST_P(SlowCredentials, ConnectCanBeStopped) {
    expect_stopped(
        [this](const std::stop_token& stop) { return dsql::connect(source_->settings(), stop); });
}

TEST_P(SlowCredentials, ConnectTimeoutIncludesThem) {
    const std::string message =
        thrown_message<timeout_error>([this] { return dsql::connect(hasty_settings()); });
    EXPECT_TRUE(message.starts_with("timed out while waiting for credentials")) << message;
    source_->await_left();
}

TEST_P(SlowCredentials, ATokenCanBeStopped) {
    dsql::token_generator tokens(source_->settings());
    expect_stopped([&](const std::stop_token& stop) { return tokens.get(stop); });
    EXPECT_EQ(tokens.refreshes(), 0);
}

TEST_P(SlowCredentials, ATokenThatIsNotCachedCanBeStopped) {
    expect_stopped([this](const std::stop_token& stop) {
        return dsql::generate_token(source_->settings(), std::chrono::system_clock::now(), stop);
    });
}

TEST_P(SlowCredentials, ATokenHasADeadline) {
    dsql::token_generator tokens(source_->settings());
    static_cast<void>(thrown_message<timeout_error>([&] { return tokens.get(within{200ms}); }));
    source_->await_left();
}

TEST_P(SlowCredentials, AFetchCanBeStopped) {
    expect_stopped([this](const std::stop_token& stop) {
        return dsql::fetch_credentials(source_->settings(), nullptr, stop);
    });
}

TEST_P(SlowCredentials, APoolCanBeClosed) {
    dsql::pool pool(source_->settings(), {.max_connections = 2, .min_connections = 2});
    source_->await_asked();
    pool.close();
    source_->await_left();
}

TEST_P(SlowCredentials, APoolCanBeDestroyed) {
    {
        const dsql::pool pool(source_->settings(), {.min_connections = 1});
        source_->await_asked();
    }
    source_->await_left();
}

TEST_P(SlowCredentials, AnAcquireHasADeadline) {
    {
        dsql::pool pool(hasty_settings(), {.max_connections = 2});
        static_cast<void>(
            thrown_message<timeout_error>([&] { return pool.acquire(within{500ms}); }));
    }
    source_->await_left();
}

// A caller that keeps waiting is not affected by one that gives up.
TEST_P(SlowCredentials, ACallerThatGivesUpDoesNotDisturbTheOthers) {
    dsql::token_generator tokens(source_->settings());
    std::stop_source stays;
    std::jthread other([&] {
        expect_activity(
            thrown_message<cancelled_error>([&] { return tokens.get(stays.get_token()); }));
    });
    source_->await_asked();
    expect_activity(thrown_message<timeout_error>([&] { return tokens.get(within{10ms}); }));
    stays.request_stop();
    other.join();
    source_->await_left();
}

// A program exits although its pool, which the exit destroys, is connecting.
TEST_P(SlowCredentials, AProgramCanExit) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            static const dsql::pool pool(source_->settings(), {.min_connections = 1});
            source_->await_asked();
            std::exit(0);
        },
        testing::ExitedWithCode(0), "");
}

INSTANTIATE_TEST_SUITE_P(Sources, SlowCredentials, testing::ValuesIn(slow_source_kinds()),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace slow_credentials_test
