// SPDX-License-Identifier: Apache-2.0
// A provider that the program supplies, whose call goes on after its caller has given up.
#include <dsql/connection.hpp>
#include <dsql/credentials.hpp>
#include <dsql/error.hpp>
#include <dsql/pool.hpp>
#include <dsql/token.hpp>

#include "support/event.hpp"
#include "support/thrown_message.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

namespace custom_provider_test {

using dsql::cancelled_error;
using dsql::config;
using dsql::timeout_error;
using dsql::within;
using namespace std::chrono_literals;

// The state that a provider shares with its test. The test may end first.
struct progress {
    event asked{};
    event released{};
    event destroyed{};
    std::atomic<int> calls = 0;
    std::atomic<bool> fails = false;
};

class held_provider final : public dsql::credentials_provider {
public:
    explicit held_provider(std::shared_ptr<progress> shared) : progress_(std::move(shared)) {}
    ~held_provider() override { progress_->destroyed.set(); }
    dsql::credentials get() override {
        ++progress_->calls;
        progress_->asked.set();
        progress_->released.wait();
        if (progress_->fails) {
            throw std::runtime_error("the vault is sealed");
        }
        return {.access_key_id = "a", .secret_access_key = "s"};
    }

private:
    const std::shared_ptr<progress> progress_;
};

class CustomProvider : public testing::Test {
protected:
    ~CustomProvider() override { progress_->released.set(); }

    // The config is the only owner of the provider.
    [[nodiscard]] config settings() const {
        return {.host = "x.dsql.us-east-1.on.aws",
                .credentials = std::make_shared<held_provider>(progress_)};
    }

    const std::shared_ptr<progress> progress_ = std::make_shared<progress>();
};

TEST_F(CustomProvider, LivesUntilItsCallEnds) {
    {
        dsql::pool pool(settings(), {.min_connections = 1});
        progress_->asked.wait();
    }
    EXPECT_FALSE(progress_->destroyed.is_set());
    progress_->released.set();
    progress_->destroyed.wait();
    EXPECT_EQ(progress_->calls, 1);
}

TEST_F(CustomProvider, ExceptionsWithoutAWaitingCallerAreDropped) {
    progress_->fails = true;
    static_cast<void>(thrown_message<timeout_error>(
        [&] { return dsql::generate_token(settings(), {}, within{1ms}); }));
    progress_->released.set();
    progress_->destroyed.wait();
}

TEST_F(CustomProvider, LaterCallersWaitForTheRunningCall) {
    dsql::token_generator tokens(settings());
    for (int i = 0; i < 3; ++i) {
        const std::string message =
            thrown_message<timeout_error>([&] { return tokens.get(within{10ms}); });
        EXPECT_EQ(message, "timed out while waiting for credentials (the program's own provider)");
    }
    progress_->asked.wait();
    EXPECT_EQ(progress_->calls, 1);
    std::jthread release([this] { progress_->released.set(); });
    EXPECT_FALSE(tokens.get(within{1h})->empty());
}

TEST_F(CustomProvider, IsCalledOnTheThreadOfACallerWithoutLimits) {
    std::thread::id called_on;
    const config settings{.host = "x.dsql.us-east-1.on.aws",
                          .credentials = dsql::make_credentials_provider([&] {
                              called_on = std::this_thread::get_id();
                              return dsql::credentials{.access_key_id = "a",
                                                       .secret_access_key = "s"};
                          })};
    dsql::token_generator tokens(settings);
    static_cast<void>(tokens.get());
    EXPECT_EQ(called_on, std::this_thread::get_id());
}

TEST_F(CustomProvider, IsNotCalledAfterTheDeadline) {
    dsql::token_generator tokens(settings());
    std::stop_source stopped;
    stopped.request_stop();
    EXPECT_THROW(static_cast<void>(tokens.get(stopped.get_token())), cancelled_error);
    EXPECT_THROW(static_cast<void>(tokens.get(within{0s})), timeout_error);
    EXPECT_EQ(progress_->calls, 0);
}

}  // namespace custom_provider_test
