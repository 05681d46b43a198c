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

using dsql::detail::token_cache;
using namespace std::chrono_literals;

const token_cache::clock::time_point start{1'000'000s};

TEST(TokenCache, ReusesATokenInItsSpanOnly) {
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

TEST(TokenCache, InvalidateForgets) {
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

// Lets `count` threads ask at once and holds the one that makes the token until all others have
// had their chance to ask.
template <class Make>
int askers_served(int count, std::atomic<int>& made, Make make) {
    std::promise<void> go_on;
    std::latch all_started(count);
    token_cache cache([&](const std::stop_token&) -> token_cache::entry {
        ++made;
        go_on.get_future().wait();
        return make();
    });
    std::atomic<int> served = 0;
    std::vector<std::jthread> askers;
    for (int i = 0; i < count; ++i) {
        askers.emplace_back([&] {
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
    askers.clear();
    return served;
}

TEST(TokenCache, ManyAskersCauseOneToken) {
    std::atomic<int> made = 0;
    const int served = askers_served(64, made, []() -> token_cache::entry {
        return {std::make_shared<const std::string>("t"), start, start + 1h};
    });
    EXPECT_EQ(served, 64);
    EXPECT_EQ(made, 1);
}

TEST(TokenCache, AFailureReachesAllWhoWaitedAndIsNotKept) {
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

// Makes a token when it is let go, and gives up when it is told to stop.
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

TEST(TokenCache, OneWhoGivesUpLeavesTheOthersTheirToken) {
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

TEST(TokenCache, TheLastOneWhoGivesUpStopsTheMakingAndTheNextBeginsAnew) {
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

TEST(TokenCache, AWaitWithoutLimitsMakesTheTokenOnTheCallersThread) {
    std::thread::id made_on;
    token_cache cache([&](const std::stop_token& stop) -> token_cache::entry {
        EXPECT_FALSE(stop.stop_possible());
        made_on = std::this_thread::get_id();
        return {std::make_shared<const std::string>("t"), start, start + 1h};
    });
    static_cast<void>(cache.get(start));
    EXPECT_EQ(made_on, std::this_thread::get_id());
}

// Askers who come, give up and come again, in all orders: none fails for another's sake, and each
// who stays gets a token.
TEST(TokenCache, AskersWhoComeAndGoGetTokensOrTheirOwnLimits) {
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
    std::vector<std::jthread> askers;
    for (unsigned asker = 0; asker < 8; ++asker) {
        askers.emplace_back([&cache, random = std::minstd_rand(seed + asker), asker]() mutable {
            for (int i = 0; i < 200; ++i) {
                try {
                    const auto time = std::chrono::microseconds(
                        asker == 0 ? 3'600'000'000L : static_cast<long>(random() % 2'000));
                    EXPECT_EQ(*cache.get(start, dsql::within{time}), "t");
                } catch (const dsql::timeout_error&) {
                    EXPECT_NE(asker, 0U) << "it had an hour";
                }
                cache.invalidate();
            }
        });
    }
}

// Returns what a forked child exits with: by a signal after a minute, if it hangs.
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
