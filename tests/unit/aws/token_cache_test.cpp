// SPDX-License-Identifier: Apache-2.0
#include "aws/token/token_cache.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <stdexcept>
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

}  // namespace token_cache_test
