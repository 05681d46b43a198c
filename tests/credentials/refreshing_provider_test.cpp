// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/refreshing_provider.hpp"

#include <dsql/error.hpp>

#include "support/event.hpp"
#include "support/exit_now.hpp"
#include "support/random_seed.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <random>
#include <semaphore>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace refreshing_provider_test {

using namespace dsql::aws;
using namespace std::chrono_literals;
using std::chrono::system_clock;

enum class behavior { fresh, stale, failure, unrecoverable, anything };

// The ages of credentials with a lifetime of one hour: in the advisory window of 15 minutes, in the
// mandatory window of one minute, and after the expiration.
constexpr std::chrono::seconds in_advisory = 50min;
constexpr std::chrono::seconds in_mandatory = 59min + 30s;
constexpr std::chrono::seconds after_the_end = 61min;

// Tells the source what to do next, and counts its fetches.
struct script {
    system_clock::time_point now{std::chrono::hours(500'000)};
    behavior next = behavior::fresh;
    system_clock::duration life = 60min;
    reuse kept = reuse::until_expiration;
    after_expiration expired_use = after_expiration::kept;
    bool expires = true;
    double random = 0.4;  // gives a back-off of 420 s, and an error that is cached for 2.6 s
    std::atomic<int> fetches = 0;
};

class scripted_source final : public credentials_source {
public:
    explicit scripted_source(script& state) : state_(state) {}
    [[nodiscard]] std::string name() const override { return "script"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context&) override {
        const int number = ++state_.fetches;
        switch (state_.next) {
            case behavior::failure:
                throw dsql::credentials_error("no luck");
            case behavior::unrecoverable:
                throw unrecoverable_credentials_error("log in again");
            case behavior::anything:
                throw 42;  // a provider of the program may throw anything
            case behavior::stale:
                return made("stale", -1s);
            case behavior::fresh:
                break;
        }
        return made(std::to_string(number), state_.life);
    }

private:
    [[nodiscard]] fetched_credentials made(const std::string& id,
                                           system_clock::duration life) const {
        fetched_credentials fetched{.keys = {.access_key_id = id, .secret_access_key = "s"},
                                    .kept = state_.kept,
                                    .expired_use = state_.expired_use};
        if (state_.expires) {
            fetched.keys.expiration = state_.now + life;
        }
        return fetched;
    }

    script& state_;
};

// A provider that runs its background work on the calling thread, so that each step is
// deterministic.
class RefreshingProvider : public testing::Test {
protected:
    [[nodiscard]] refresh_environment environment() {
        refresh_environment made;
        made.now = [this] {
            return script_.now;
        };
        made.random = [this] {
            return script_.random;
        };
        made.in_background = [](const std::function<void()>& work) {
            work();
        };
        return made;
    }
    // Returns the access key ID from `get`, or the message of its error.
    [[nodiscard]] std::string get() {
        try {
            return provider_.get().access_key_id;
        } catch (const dsql::error& failure) {
            return failure.what();
        }
    }

    script script_;
    refreshing_provider provider_{std::make_unique<scripted_source>(script_), environment()};
};

TEST_F(RefreshingProvider, CachesCredentialsUntilTheAdvisoryWindow) {
    struct row {
        system_clock::duration life;
        system_clock::duration window;
    };
    for (const auto& [life, window] : {row{10min, 5min}, row{20min, 5min}, row{1230s, 15min},
                                       row{89min, 15min}, row{90min, 60min}, row{6h, 60min}}) {
        script_.life = life;
        script_.now += 24h;
        const std::string first = get();
        const auto fetched_at = script_.now;
        script_.now = fetched_at + life - window - 1s;
        EXPECT_EQ(get(), first) << life.count();
        script_.now = fetched_at + life - window;
        EXPECT_NE(get(), first) << life.count();
    }
}

TEST_F(RefreshingProvider, CredentialsWithoutExpirationAreCachedForEver) {
    script_.expires = false;
    EXPECT_EQ(get(), "1");
    script_.now += 10'000h;
    EXPECT_EQ(get(), "1");
}

TEST_F(RefreshingProvider, CheapSourcesAreReadEachTime) {
    script_.expires = false;
    script_.kept = reuse::never;
    EXPECT_EQ(get(), "1");
    EXPECT_EQ(get(), "2");
    script_.next = behavior::failure;
    EXPECT_EQ(get(), "no luck");
}

TEST_F(RefreshingProvider, AFailedFirstFetchThrowsAndTheNextCallRetries) {
    script_.next = behavior::failure;
    EXPECT_EQ(get(), "no luck");
    EXPECT_EQ(get(), "no luck");
    EXPECT_EQ(script_.fetches, 2);
    script_.next = behavior::fresh;
    EXPECT_EQ(get(), "3");
}

class RefreshingProviderWindow : public RefreshingProvider,
                                 public testing::WithParamInterface<std::chrono::seconds> {
protected:
    RefreshingProviderWindow() {
        EXPECT_EQ(get(), "1");
        script_.now += GetParam();
    }
};

TEST_P(RefreshingProviderWindow, ASuccessReplacesTheCredentials) {
    EXPECT_EQ(get(), "2");
    EXPECT_EQ(get(), "2");
}

TEST_P(RefreshingProviderWindow, AFailureKeepsTheCredentialsAndBacksOff) {
    script_.next = behavior::failure;
    EXPECT_EQ(get(), "1");
    EXPECT_EQ(provider_.last_failure(), "no luck");
    script_.next = behavior::fresh;
    script_.now += 419s;
    EXPECT_EQ(get(), "1");
    EXPECT_EQ(script_.fetches, 2);
    script_.now += 1s;
    EXPECT_EQ(get(), "3");
    EXPECT_EQ(provider_.last_failure(), "");
}

TEST_P(RefreshingProviderWindow, ExpiredCredentialsCountAsAFailure) {
    script_.next = behavior::stale;
    EXPECT_EQ(get(), "1");
    EXPECT_EQ(get(), "1");
    EXPECT_EQ(script_.fetches, 2);
    EXPECT_TRUE(
        provider_.last_failure().starts_with("script returned credentials that expired at "))
        << provider_.last_failure();
}

TEST_P(RefreshingProviderWindow, AnUnrecoverableErrorIsThrownAtOnceAndCachedForSeconds) {
    script_.next = behavior::unrecoverable;
    EXPECT_EQ(get(), "log in again");
    script_.next = behavior::fresh;
    script_.now += 2s;
    EXPECT_EQ(get(), "log in again");
    EXPECT_EQ(script_.fetches, 2);
    script_.now += 4s;
    EXPECT_EQ(get(), "3");
}

TEST_P(RefreshingProviderWindow, AClockSetBackDoesNotProlongABackOff) {
    script_.next = behavior::failure;
    EXPECT_EQ(get(), "1");
    script_.now -= 1s;
    EXPECT_EQ(get(), "1");
    EXPECT_EQ(script_.fetches, 3);
}

INSTANTIATE_TEST_SUITE_P(OfOneHour, RefreshingProviderWindow,
                         testing::Values(in_advisory, in_mandatory, after_the_end));

TEST_F(RefreshingProvider, BackoffsLastFiveToTenMinutes) {
    for (const auto& [random, length] : {std::pair(0.0, 300s), std::pair(1.0, 600s)}) {
        script_.next = behavior::fresh;
        script_.now += 24h;
        static_cast<void>(get());
        script_.now += after_the_end;
        script_.next = behavior::failure;
        script_.random = random;
        static_cast<void>(get());
        const int before = script_.fetches;
        script_.now += length - 1s;
        static_cast<void>(get());
        EXPECT_EQ(script_.fetches, before);
        script_.now += 1s;
        static_cast<void>(get());
        EXPECT_EQ(script_.fetches, before + 1);
    }
}

TEST_F(RefreshingProvider, ExpiredFirstCredentialsAreUsedIfTheSourceAllowsThem) {
    script_.expired_use = after_expiration::kept_and_taken;
    script_.next = behavior::stale;
    const dsql::credentials keys = provider_.get();
    EXPECT_EQ(keys.access_key_id, "stale");
    EXPECT_EQ(keys.expiration, script_.now + 420s + 5min);
    EXPECT_EQ(provider_.last_renewal_failure().value().expiration, script_.now - 1s);
    script_.next = behavior::fresh;
    script_.now += 419s;
    EXPECT_EQ(get(), "stale");
    EXPECT_EQ(script_.fetches, 1);
    script_.now += 1s;
    EXPECT_EQ(get(), "2");
    EXPECT_FALSE(provider_.last_renewal_failure());
}

TEST_F(RefreshingProvider, ExpiredFirstCredentialsAreAnErrorOtherwise) {
    for (const after_expiration use : {after_expiration::refused, after_expiration::kept}) {
        script_.expired_use = use;
        script_.next = behavior::stale;
        EXPECT_TRUE(get().starts_with("script returned credentials that expired at ")) << get();
        EXPECT_FALSE(provider_.last_renewal_failure());
    }
}

TEST_F(RefreshingProvider, UnusableExpiredCredentialsAreFetchedAtEachCall) {
    script_.expired_use = after_expiration::refused;
    EXPECT_EQ(get(), "1");
    const auto expiration = script_.now + script_.life;
    script_.next = behavior::failure;
    script_.now = expiration - 1min;
    EXPECT_EQ(provider_.get().expiration, expiration) << "was extended";
    script_.now = expiration - 1s;
    EXPECT_EQ(get(), "1");
    EXPECT_EQ(script_.fetches, 2);
    script_.now = expiration;
    EXPECT_EQ(get(), "no luck");
    EXPECT_EQ(get(), "no luck");
    EXPECT_EQ(script_.fetches, 4);
    EXPECT_FALSE(provider_.last_renewal_failure());
    script_.next = behavior::fresh;
    EXPECT_EQ(get(), "5");
}

// For any behavior of the source: `get` returns credentials that can sign a request, or throws an
// error.
TEST_F(RefreshingProvider, NeverReturnsUnusableCredentialsAndNeverFetchesInABackoff) {
    std::mt19937_64 random(random_seed());
    const auto pick = [&random](int count) {
        return static_cast<int>(random() % static_cast<unsigned>(count));
    };
    for (const after_expiration use :
         {after_expiration::refused, after_expiration::kept, after_expiration::kept_and_taken}) {
        script_.expired_use = use;
        refreshing_provider provider(std::make_unique<scripted_source>(script_), environment());
        // The expiration of the cached credentials.
        auto real_end = system_clock::time_point::min();
        system_clock::time_point not_before{};
        for (int i = 0; i < 3'000; ++i) {
            script_.now += std::chrono::seconds(1 + pick(1'500));
            script_.random = pick(100) / 100.0;
            script_.life = std::chrono::minutes(1 + pick(100));
            script_.next = std::array{behavior::fresh, behavior::stale, behavior::failure}.at(
                static_cast<std::size_t>(pick(3)));
            const int before = script_.fetches;
            std::optional<dsql::credentials> keys;
            try {
                keys = provider.get();
            } catch (const dsql::credentials_error&) {
                EXPECT_NE(script_.next, behavior::fresh);
            }
            const bool asked = script_.fetches != before;
            if (asked && script_.next == behavior::fresh) {
                real_end = script_.now + script_.life;
            } else if (asked && script_.next == behavior::stale &&
                       use == after_expiration::kept_and_taken) {
                real_end = std::max(real_end, script_.now - 1s);
            }
            const bool usable =
                script_.now < real_end ||
                (use != after_expiration::refused && real_end != system_clock::time_point::min());
            ASSERT_EQ(keys.has_value(), usable) << "step " << i;
            const auto failure = provider.last_renewal_failure();
            if (keys) {
                ASSERT_GT(keys->expiration.value(), script_.now) << "step " << i;
                ASSERT_TRUE(script_.now < real_end || failure) << "step " << i;
            }
            ASSERT_TRUE(!asked || use == after_expiration::refused || script_.now >= not_before)
                << "step " << i;
            not_before = failure ? failure->next_attempt : system_clock::time_point{};
        }
    }
}

TEST_F(RefreshingProvider, CredentialsThatAreDueAtOnceAreNotFetchedAtEveryCall) {
    script_.life = 4min;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(get(), "1");
    }
    script_.now += 29s;
    EXPECT_EQ(get(), "1");
    script_.now += 1s;
    EXPECT_EQ(get(), "2");
    script_.life = 20s;
    script_.now += 30s;
    EXPECT_EQ(get(), "3");
    script_.now += 9s;
    EXPECT_EQ(get(), "3");
    script_.now += 1s;
    EXPECT_EQ(get(), "4");
}

TEST_F(RefreshingProvider, AnyExceptionEndsTheFetch) {
    script_.next = behavior::anything;
    EXPECT_THROW(static_cast<void>(provider_.get()), int);
    EXPECT_THROW(static_cast<void>(provider_.get()), int);
    EXPECT_EQ(script_.fetches, 2);
    script_.next = behavior::fresh;
    EXPECT_EQ(get(), "3");
    script_.now += in_mandatory;
    script_.next = behavior::anything;
    EXPECT_EQ(get(), "3");
}

TEST_F(RefreshingProvider, InvalidatedCredentialsAreFetchedAgain) {
    EXPECT_EQ(get(), "1");
    provider_.invalidate("another");
    EXPECT_EQ(get(), "1");
    provider_.invalidate("1");
    EXPECT_EQ(get(), "2");
    provider_.invalidate("2");
    script_.next = behavior::failure;
    EXPECT_EQ(get(), "2");
    provider_.invalidate("2");  // `invalidate` does not end a back-off
    EXPECT_EQ(get(), "2");
    EXPECT_EQ(script_.fetches, 3);
}

TEST_F(RefreshingProvider, AfterASleepTheWallClockCounts) {
    EXPECT_EQ(get(), "1");
    script_.now += 8h;  // the steady clock does not advance while a machine sleeps
    EXPECT_EQ(get(), "2");
}

// A source whose `fetch` waits until the test releases it.
class waiting_source final : public credentials_source {
public:
    explicit waiting_source(script& state) : scripted_(state) {}
    [[nodiscard]] std::string name() const override { return "waiting"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override {
        if (hold) {
            entered.count_down();
            while (hold && !context.stop.stop_requested()) {
                std::this_thread::yield();
            }
        }
        return scripted_.fetch(context);
    }
    std::atomic<bool> hold = false;
    std::latch entered{1};

private:
    scripted_source scripted_;
};

TEST(RefreshingProviderThreads, ConcurrentCallersShareOneRefresh) {
    constexpr int threads = 64;
    script state;
    refresh_environment environment;
    environment.now = [&state] {
        return state.now;
    };
    auto owned = std::make_unique<waiting_source>(state);
    waiting_source& source = *owned;
    refreshing_provider provider(std::move(owned), environment);
    EXPECT_EQ(provider.get().access_key_id, "1");
    state.now += after_the_end;
    source.hold = true;
    std::barrier together(threads + 1);
    std::atomic<int> asking = 0;
    std::vector<std::string> answers(threads);
    {
        std::vector<std::jthread> callers;
        for (std::string& behavior : answers) {
            callers.emplace_back([&] {
                together.arrive_and_wait();
                ++asking;
                behavior = provider.get().access_key_id;
            });
        }
        together.arrive_and_wait();
        source.entered.wait();
        while (asking < threads) {
            std::this_thread::yield();
        }
        source.hold = false;
    }
    for (const std::string& behavior : answers) {
        EXPECT_EQ(behavior, "2");
    }
    EXPECT_EQ(state.fetches, 2);
}

TEST(RefreshingProviderThreads, CallersDoNotWaitForAnAdvisoryRefresh) {
    script state;
    refresh_environment environment;
    environment.now = [&state] {
        return state.now;
    };
    auto owned = std::make_unique<waiting_source>(state);
    waiting_source& source = *owned;
    refreshing_provider provider(std::move(owned), environment);
    EXPECT_EQ(provider.get().access_key_id, "1");
    state.now += in_advisory;
    source.hold = true;
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(provider.get().access_key_id, "1");
    }
    source.entered.wait();
    EXPECT_EQ(provider.get().access_key_id, "1");
    source.hold = false;
    while (provider.get().access_key_id == "1") {
        std::this_thread::yield();
    }
    EXPECT_EQ(provider.get().access_key_id, "2");
    EXPECT_EQ(state.fetches, 2);
}

TEST(RefreshingProviderThreads, AnErrorInTheBackgroundIsReportedByTheNextCall) {
    script state;
    std::function<void()> work;
    refresh_environment environment;
    environment.now = [&state] {
        return state.now;
    };
    environment.in_background = [&work](std::function<void()> given) {
        work = std::move(given);
    };
    refreshing_provider provider(std::make_unique<scripted_source>(state), environment);
    EXPECT_EQ(provider.get().access_key_id, "1");
    state.now += in_advisory;
    state.next = behavior::unrecoverable;
    EXPECT_EQ(provider.get().access_key_id, "1");
    work();
    state.now += 1min;
    EXPECT_THROW(static_cast<void>(provider.get()), unrecoverable_credentials_error);
}

TEST(RefreshingProviderThreads, TheDestructorStopsARunningRefresh) {
    script state;
    refresh_environment environment;
    environment.now = [&state] {
        return state.now;
    };
    auto owned = std::make_unique<waiting_source>(state);
    waiting_source& source = *owned;
    auto provider = std::make_unique<refreshing_provider>(std::move(owned), environment);
    static_cast<void>(provider->get());
    state.now += in_advisory;
    source.hold = true;
    static_cast<void>(provider->get());
    source.entered.wait();
    provider.reset();  // returns only because the source notices the stop request
}

// A source that returns credentials once. The next fetch waits until a stop is requested.
class stalling_source final : public credentials_source {
public:
    explicit stalling_source(system_clock::time_point expiration) : expiration_(expiration) {}
    [[nodiscard]] std::string name() const override { return "stalling"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context& context) override {
        if (++fetches == 1 || !stalls) {
            return {.keys = {.access_key_id = std::to_string(fetches),
                             .secret_access_key = "s",
                             .expiration = expiration_}};
        }
        asked.set();
        event stopped;
        const std::stop_callback tell(context.stop, [&stopped] { stopped.set(); });
        stopped.wait();
        throw unrecoverable_credentials_error("stopped");
    }

    int fetches = 0;
    std::atomic<bool> stalls = true;
    event asked;

private:
    const system_clock::time_point expiration_;
};

// A provider that has credentials and whose next fetch never completes.
class StoppedFetch : public testing::Test {
protected:
    StoppedFetch() { static_cast<void>(provider_.get()); }

    [[nodiscard]] refresh_environment with_own_clock() {
        refresh_environment environment;
        environment.now = [this] {
            return now_;
        };
        return environment;
    }

    system_clock::time_point now_{std::chrono::hours(500'000)};
    std::unique_ptr<stalling_source> made_ = std::make_unique<stalling_source>(now_ + 60min);
    stalling_source& source_ = *made_;
    refreshing_provider provider_{std::move(made_), with_own_clock()};
};

TEST_F(StoppedFetch, CountsAsNoFailure) {
    now_ += in_mandatory;
    EXPECT_THROW(static_cast<void>(provider_.get_within(dsql::within{1ms})), dsql::timeout_error);
    source_.asked.wait();
    source_.stalls = false;
    EXPECT_EQ(provider_.get_within(dsql::within{1h}).access_key_id, "3")
        << "no back-off, and no error that stands";
    EXPECT_EQ(provider_.last_failure(), "");
}

// An advisory refresh belongs to no caller, so a caller that waits for it and gives up does not end
// it.
TEST_F(StoppedFetch, DoesNotIncludeAdvisoryRefreshes) {
    now_ += in_advisory;
    EXPECT_EQ(provider_.get_within(dsql::within{1ms}).access_key_id, "1");
    source_.asked.wait();
    now_ += in_mandatory - in_advisory;
    EXPECT_THROW(static_cast<void>(provider_.get_within(dsql::within{1ms})), dsql::timeout_error);
    EXPECT_EQ(source_.fetches, 2);
}  // the destructor ends the refresh

// A source whose first fetch waits until the test releases it.
class held_source final : public dsql::aws::credentials_source {
public:
    explicit held_source(std::binary_semaphore& fetching, std::binary_semaphore& go_on,
                         std::atomic<int>& fetches)
        : fetching_(fetching), go_on_(go_on), fetches_(fetches) {}
    [[nodiscard]] std::string name() const override { return "held"; }
    [[nodiscard]] fetched_credentials fetch(const fetch_context&) override {
        if (++fetches_ == 1) {
            fetching_.release();
            go_on_.acquire();
        }
        return {.keys = {.access_key_id = "id", .secret_access_key = "s"}};
    }

private:
    std::binary_semaphore& fetching_;
    std::binary_semaphore& go_on_;
    std::atomic<int>& fetches_;
};

TEST(RefreshingProviderFork, AChildDoesNotWaitForAFetchOfItsParent) {
    std::binary_semaphore fetching(0);
    std::binary_semaphore go_on(0);
    std::atomic<int> fetches = 0;
    auto provider = std::make_unique<refreshing_provider>(
        std::make_unique<held_source>(fetching, go_on, fetches));
    std::jthread fetcher([&] { static_cast<void>(provider->get()); });
    fetching.acquire();
    const pid_t child = fork();
    if (child == 0) {
        alarm(60);  // SIGALRM ends a child that hangs
        const bool fetched = provider->get().access_key_id == "id" && fetches == 2;
        provider.reset();
        exit_now(fetched ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    go_on.release();
}

}  // namespace refreshing_provider_test
