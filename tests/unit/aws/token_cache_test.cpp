// SPDX-License-Identifier: Apache-2.0
#include "aws/token/token_cache.hpp"

#include <dsql/error.hpp>

#include "base/backoff.hpp"
#include "support/event.hpp"
#include "support/exit_now.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <random>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace token_cache_test {

using dsql::aws::token_cache;
using namespace std::chrono_literals;

const token_cache::clock::time_point start{1'000'000s};

TEST(TokenCache, ReusesATokenOnlyWhileItIsValid) {
    int made = 0;
    token_cache cache([&](const std::stop_token&) -> token_cache::entry {
        ++made;
        return {std::make_shared<const std::string>("token " + std::to_string(made)), start,
                start + 720s};
    });
    const auto first = cache.get(start);
    EXPECT_EQ(*first, "token 1");
    EXPECT_EQ(cache.get(start + 719s), first);
    EXPECT_EQ(*cache.get(start + 720s), "token 2");
    EXPECT_EQ(*cache.get(start - 1s), "token 3") << "the wall clock was set back";
}

TEST(TokenCache, InvalidateDropsTheToken) {
    int made = 0;
    token_cache cache([&](const std::stop_token&) -> token_cache::entry {
        ++made;
        return {std::make_shared<const std::string>("t"), start, start + 1h};
    });
    static_cast<void>(cache.get(start));
    cache.invalidate();
    static_cast<void>(cache.get(start));
    EXPECT_EQ(made, 2);
}

// Calls the cache from `count` threads at the same time, and holds back the thread that makes the
// token until the others have had time to call.
template <class Make>
int callers_served(int count, std::atomic<int>& made, Make make) {
    std::promise<void> go_on;
    std::latch all_started(count);
    token_cache cache([&](const std::stop_token&) -> token_cache::entry {
        ++made;
        go_on.get_future().wait();
        return make();
    });
    std::atomic<int> served = 0;
    std::vector<std::jthread> callers;
    for (int i = 0; i < count; ++i) {
        callers.emplace_back([&] {
            all_started.count_down();
            try {
                served += *cache.get(start) == "t" ? 1 : 0;
            } catch (const std::runtime_error&) {
                served += 1000;
            }
        });
    }
    all_started.wait();
    go_on.set_value();
    callers.clear();
    return served;
}

TEST(TokenCache, ConcurrentCallersShareOneToken) {
    std::atomic<int> made = 0;
    const int served = callers_served(64, made, []() -> token_cache::entry {
        return {std::make_shared<const std::string>("t"), start, start + 1h};
    });
    EXPECT_EQ(served, 64);
    EXPECT_EQ(made, 1);
}

TEST(TokenCache, AnErrorReachesTheCallerAndIsNotCached) {
    int made = 0;
    token_cache cache([&](const std::stop_token&) -> token_cache::entry {
        if (++made == 1) {
            throw std::runtime_error("no credentials");
        }
        return {std::make_shared<const std::string>("t"), start, start + 1h};
    });
    EXPECT_THROW(static_cast<void>(cache.get(start)), std::runtime_error);
    EXPECT_EQ(*cache.get(start), "t");
}

// Makes a token when the test releases it, and ends early when a stop is requested.
class held_maker {
public:
    token_cache::entry operator()(const std::stop_token& stop) {
        ++made_;
        const std::stop_callback give_up(stop, [this] { released_.set(); });
        asked_.set();
        released_.wait();
        if (stop.stop_requested()) {
            ended_.set();
            throw std::runtime_error("stopped");
        }
        return {std::make_shared<const std::string>("t"), start, start + 1h};
    }

    std::atomic<int> made_ = 0;
    event asked_;
    event released_;
    event ended_;
};

TEST(TokenCache, ACallerThatGivesUpDoesNotDisturbTheOthers) {
    held_maker maker;
    token_cache cache(std::ref(maker), [] { return "a vault"; });
    std::jthread patient([&] { EXPECT_EQ(*cache.get(start, dsql::within{1h}), "t"); });
    maker.asked_.wait();
    EXPECT_THROW(static_cast<void>(cache.get(start, dsql::within{1ms})), dsql::timeout_error);
    std::stop_source impatient;
    std::jthread stopper([&] { impatient.request_stop(); });
    EXPECT_THROW(static_cast<void>(cache.get(start, impatient.get_token())), dsql::cancelled_error);
    maker.released_.set();
    patient.join();
    EXPECT_EQ(maker.made_, 1);
}

TEST(TokenCache, TheLastCallerToGiveUpStopsTheMakerAndTheNextStartsAgain) {
    held_maker maker;
    int calls = 0;
    token_cache cache(
        [&](const std::stop_token& stop) -> token_cache::entry {
            if (++calls == 1) {
                return maker(stop);
            }
            return {std::make_shared<const std::string>("second"), start, start + 1h};
        },
        [] { return "a vault"; });
    try {
        static_cast<void>(cache.get(start, dsql::within{1ms}));
        ADD_FAILURE();
    } catch (const dsql::timeout_error& failure) {
        EXPECT_STREQ(failure.what(), "timed out while waiting for credentials (a vault)");
    }
    EXPECT_EQ(*cache.get(start, dsql::within{1h}), "second");
    EXPECT_TRUE(maker.ended_.is_set());
    EXPECT_EQ(calls, 2);
}

TEST(TokenCache, WithoutLimitsTheTokenIsMadeOnTheCallersThread) {
    std::thread::id made_on;
    token_cache cache([&](const std::stop_token& stop) -> token_cache::entry {
        EXPECT_FALSE(stop.stop_possible());
        made_on = std::this_thread::get_id();
        return {std::make_shared<const std::string>("t"), start, start + 1h};
    });
    static_cast<void>(cache.get(start));
    EXPECT_EQ(made_on, std::this_thread::get_id());
}

// Callers start, give up and start again in random orders. No caller fails because of another one,
// and every caller that waits gets a token.
TEST(TokenCache, RandomCallersGetATokenOrTheirOwnLimit) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    token_cache cache(
        [](const std::stop_token& stop) -> token_cache::entry {
            if (!dsql::detail::interruptible_sleep_until(std::chrono::steady_clock::now() + 1ms,
                                                         stop)) {
                throw std::runtime_error("stopped");
            }
            return {std::make_shared<const std::string>("t"), start, start + 1h};
        },
        [] { return "a vault"; });
    std::vector<std::jthread> callers;
    for (unsigned caller = 0; caller < 8; ++caller) {
        callers.emplace_back([&cache, random = std::minstd_rand(seed + caller), caller]() mutable {
            for (int i = 0; i < 200; ++i) {
                try {
                    const auto time = std::chrono::microseconds(
                        caller == 0 ? 3'600'000'000L : static_cast<long>(random() % 2'000));
                    EXPECT_EQ(*cache.get(start, dsql::within{time}), "t");
                } catch (const dsql::timeout_error&) {
                    EXPECT_NE(caller, 0U) << "it had an hour";
                }
                cache.invalidate();
            }
        });
    }
}

// Runs a function in a forked child and returns the child's exit status. A signal ends a child that
// hangs for a minute.
template <class F>
int status_of_child(F f) {
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);
        exit_now(f());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

TEST(TokenCache, AChildDoesNotWaitForATokenThatItsParentMakes) {
    std::atomic<int> made = 0;
    std::promise<void> making;
    std::promise<void> go_on;
    token_cache cache([&](const std::stop_token&) -> token_cache::entry {
        if (++made == 1) {
            making.set_value();
            go_on.get_future().wait();
        }
        return {std::make_shared<const std::string>("token"), start, start + 720s};
    });
    std::jthread maker([&] { static_cast<void>(cache.get(start)); });
    making.get_future().wait();
    const int status = status_of_child([&] {
        cache.invalidate();
        return *cache.get(start) == "token" && cache.get(start) == cache.get(start) && made == 2
                   ? 0
                   : 1;
    });
    EXPECT_EQ(status, 0);
    go_on.set_value();
    maker.join();
    EXPECT_EQ(made, 1);
}

}  // namespace token_cache_test
