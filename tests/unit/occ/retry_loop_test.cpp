// SPDX-License-Identifier: Apache-2.0
// Which errors are retried, after which delay, and how a loop ends.
#include <dsql/retry.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <memory>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace retry_loop_test {

using namespace std::chrono_literals;
using dsql::commit_unknown_error;
using dsql::connection_error;
using dsql::occ_conflict;
using dsql::retry_policy;
using dsql::server_error;
using dsql::detail::retry_loop;
using dsql::detail::retryable_failures;

const retry_policy at_once{.max_retries = 3, .initial_wait = 0ms, .max_wait = 0ms};

dsql::server_error_fields report(const std::string& sqlstate, const std::string& message) {
    return {.sqlstate = sqlstate, .severity = "ERROR", .message = message};
}

occ_conflict conflict() {
    return occ_conflict(report("40001", "change conflicts with another transaction (OC000)"));
}

// A retry loop that records its events.
struct recorded_loop {
    explicit recorded_loop(const retry_policy& policy, const dsql::call_limits& limits = {},
                           const retryable_failures& retryable = {})
        : loop(retryable, limits, policy,
               [this](const dsql::retry_event& event) { events.push_back(event); }) {}

    std::vector<dsql::retry_event> events{};
    retry_loop loop;
};

template <class Failure>
int attempts_at(const Failure& failure, const retryable_failures& retryable) {
    int attempts = 0;
    recorded_loop recorded(at_once, {}, retryable);
    EXPECT_THROW(recorded.loop.run([&] {
        ++attempts;
        throw Failure(failure);
    }),
                 Failure);
    return attempts;
}

TEST(Retry, ReturnsTheResultOfTheFirstSuccess) {
    int attempts = 0;
    const auto returned = dsql::retry(at_once, [&] {
        if (++attempts < 3) {
            throw conflict();
        }
        return std::make_unique<int>(attempts);
    });
    EXPECT_EQ(*returned, 3);
}

TEST(Retry, ReturnsReferencesAndVoid) {
    int value = 0;
    int& same = dsql::retry(at_once, [&]() -> int& { return value; });
    EXPECT_EQ(&same, &value);
    dsql::retry(at_once, [&] { ++value; });
    EXPECT_EQ(value, 1);
}

// A caller that waits in its own way gets the wait and everything else that `run` decides.
TEST(RetryLoop, DecidesWithoutWaiting) {
    const retry_policy slow{.max_retries = 1, .initial_wait = 1h, .max_wait = 1h, .jitter = 0};
    std::stop_source stop;
    recorded_loop recorded(slow, stop.get_token());
    const std::exception_ptr failure = std::make_exception_ptr(conflict());
    EXPECT_EQ(recorded.loop.wait_before_retry(failure), 1h);
    ASSERT_EQ(recorded.events.size(), 1U);
    EXPECT_EQ(recorded.events[0].wait, 1h);
    stop.request_stop();
    EXPECT_THROW(recorded.loop.end_stopped(failure), dsql::cancelled_error);
    EXPECT_THROW(static_cast<void>(recorded.loop.wait_before_retry(failure)),
                 dsql::retries_exhausted);
    EXPECT_THROW(static_cast<void>(recorded.loop.wait_before_retry(
                     std::make_exception_ptr(std::logic_error("a fault of the body")))),
                 std::logic_error);
}

TEST(Retry, GivesUpWithTheLastConflictAndItsStatistics) {
    int attempts = 0;
    try {
        dsql::retry(at_once, [&] {
            ++attempts;
            throw conflict();
        });
        FAIL() << "no exception";
    } catch (const occ_conflict& last) {
        EXPECT_EQ(last.kind(), dsql::conflict_kind::data);
        const std::string text = last.what();
        EXPECT_NE(text.find("(OC000) [given up after 4 attempts in "), std::string::npos) << text;
        EXPECT_NE(text.find(" ms: no retries are left]"), std::string::npos) << text;
        const auto* const summary = dynamic_cast<const dsql::retries_exhausted*>(&last);
        ASSERT_NE(summary, nullptr);
        EXPECT_EQ(summary->attempts(), 4);
        EXPECT_GT(summary->elapsed().count(), 0);
    }
    EXPECT_EQ(attempts, 4);
}

TEST(Retry, KeepsTheClassOfTheLastError) {
    const dsql::batch_error batch(conflict(), 2, {});
    try {
        dsql::retry(at_once, [&] { throw dsql::batch_error(batch); });
        FAIL() << "no exception";
    } catch (const dsql::batch_error& last) {
        EXPECT_EQ(last.index(), 2U);
        EXPECT_NE(dynamic_cast<const dsql::retries_exhausted*>(&last), nullptr);
    }
}

TEST(Retry, DoesNotRepeatANestedLoop) {
    int attempts = 0;
    EXPECT_THROW(dsql::retry(at_once,
                             [&] {
                                 dsql::retry(at_once, [&] {
                                     ++attempts;
                                     throw conflict();
                                 });
                             }),
                 occ_conflict);
    EXPECT_EQ(attempts, 4);
}

TEST(Retry, PolicyAndLimitsAreOptional) {
    EXPECT_EQ(dsql::retry([] { return 1; }), 1);
    EXPECT_EQ(dsql::retry(dsql::within(1s), [] { return 2; }), 2);
}

TEST(Retry, OtherExceptionsPassUnchanged) {
    int attempts = 0;
    EXPECT_THROW(dsql::retry(at_once,
                             [&] {
                                 ++attempts;
                                 throw std::string("of the caller's own");
                             }),
                 std::string);
    EXPECT_EQ(attempts, 1);
    EXPECT_EQ(attempts_at(server_error(report("22012", "division by zero")), {true, true, true}),
              1);
    EXPECT_EQ(attempts_at(dsql::timeout_error("late", true), {true, true, true}), 1);
    EXPECT_EQ(attempts_at(dsql::cancelled_error("stopped", true), {true, true, true}), 1);
    EXPECT_EQ(attempts_at(dsql::transaction_rolled_back_error("no"), {true, true, true}), 1);
}

TEST(Retry, UnavailableServersAreRetriedOnlyWhereSafe) {
    const server_error unavailable(report("XX000", "server unavailable"));
    EXPECT_EQ(attempts_at(unavailable, {}), 1);
    EXPECT_EQ(attempts_at(unavailable, {.unavailable = true}), 4);
    const server_error bug(report("XX000", "cache lookup failed"));
    EXPECT_EQ(attempts_at(bug, {.unavailable = true}), 1);
    EXPECT_EQ(attempts_at(server_error(report("53400", "rate exceeded")), {.unavailable = true}),
              4);
}

TEST(Retry, LostConnectionsAreRetriedOnlyWithAnother) {
    const connection_error broken("the connection broke", true);
    EXPECT_EQ(attempts_at(broken, {.unavailable = true}), 1);
    EXPECT_EQ(attempts_at(broken, {.lost_connections = true}), 4);
    const connection_error closed("the connection is closed; the statement was not sent", false);
    EXPECT_EQ(attempts_at(closed, {.lost_connections = true}), 1) << "it would be closed again";
    dsql::server_error_fields farewell = report("57P01", "terminating connection");
    farewell.severity = "FATAL";
    EXPECT_EQ(attempts_at(server_error(farewell), {.lost_connections = true}), 4);
    const connection_error denied(dsql::connection_phase::auth, "connecting failed",
                                  "unable to accept connection, access denied");
    EXPECT_EQ(attempts_at(denied, {.lost_connections = true}), 1);
}

TEST(Retry, UnknownCommitsAreRetriedOnlyWhereTheOutcomeIsChecked) {
    const commit_unknown_error unknown("COMMIT was sent and not answered");
    EXPECT_EQ(attempts_at(unknown, {.unavailable = true, .lost_connections = true}), 1);
    EXPECT_EQ(attempts_at(unknown, {.unknown_commits = true}), 4);
}

TEST(Retry, WaitsGrowUpToTheMaximum) {
    recorded_loop recorded(
        {.max_retries = 5, .initial_wait = 2ms, .max_wait = 12ms, .multiplier = 2, .jitter = 0});
    EXPECT_THROW(recorded.loop.run([] { throw conflict(); }), occ_conflict);
    std::vector<std::chrono::milliseconds> waits;
    std::vector<int> attempts;
    for (const dsql::retry_event& event : recorded.events) {
        waits.push_back(event.wait);
        attempts.push_back(event.attempt);
        EXPECT_EQ(event.operation, dsql::retried_operation::transaction);
    }
    EXPECT_EQ(waits, (std::vector<std::chrono::milliseconds>{2ms, 4ms, 8ms, 12ms, 12ms}));
    EXPECT_EQ(attempts, (std::vector<int>{1, 2, 3, 4, 5})) << "none after the last try";
}

TEST(Retry, WaitsSpreadByTheJitter) {
    std::chrono::milliseconds least = 1h;
    std::chrono::milliseconds most = 0ms;
    for (int i = 0; i < 200; ++i) {
        std::stop_source stop;
        retry_loop loop({}, stop.get_token(),
                        {.max_retries = 1,
                         .initial_wait = 1'000'000ms,
                         .max_wait = 1'000'000ms,
                         .multiplier = 1,
                         .jitter = 0.5},
                        [&](const dsql::retry_event& event) {
                            least = std::min(least, event.wait);
                            most = std::max(most, event.wait);
                            stop.request_stop();
                        });
        EXPECT_THROW(loop.run([] { throw conflict(); }), dsql::cancelled_error);
    }
    EXPECT_GE(least, 1'000'000ms);
    EXPECT_LT(least, 1'100'000ms);
    EXPECT_GT(most, 1'400'000ms);
    EXPECT_LE(most, 1'500'000ms);
}

TEST(Retry, AStopEndsAWaitOfHours) {
    std::stop_source stop;
    std::thread other;
    retry_loop loop(
        {}, stop.get_token(), {.max_retries = 9, .initial_wait = 24h, .max_wait = 24h},
        [&](const dsql::retry_event&) { other = std::thread([&stop] { stop.request_stop(); }); });
    try {
        loop.run([] { throw conflict(); });
        FAIL() << "no exception";
    } catch (const dsql::cancelled_error& end) {
        EXPECT_NE(std::string(end.what()).find("before try 2; the failure before it: ERROR 40001"),
                  std::string::npos)
            << end.what();
        EXPECT_FALSE(end.statement_may_have_run());
    }
    other.join();
}

TEST(Retry, AStopBeforeTheWaitReportsNoRetry) {
    std::stop_source stop;
    recorded_loop recorded(at_once, stop.get_token());
    EXPECT_THROW(recorded.loop.run([&] {
        stop.request_stop();
        throw conflict();
    }),
                 dsql::cancelled_error);
    EXPECT_TRUE(recorded.events.empty());
}

TEST(Retry, AStopDoesNotHideAnUnknownCommit) {
    std::stop_source stop;
    retry_loop loop({.unknown_commits = true}, stop.get_token(), at_once,
                    [&](const dsql::retry_event&) { stop.request_stop(); });
    EXPECT_THROW(loop.run([] { throw commit_unknown_error("COMMIT was sent"); }),
                 commit_unknown_error);
}

TEST(Retry, DoesNotWaitBeyondTheDeadline) {
    recorded_loop recorded({.max_retries = 9, .initial_wait = 24h, .max_wait = 24h},
                           dsql::within(1h));
    try {
        recorded.loop.run([] { throw conflict(); });
        FAIL() << "no exception";
    } catch (const dsql::retries_exhausted& end) {
        EXPECT_EQ(end.attempts(), 1);
        const auto* const text = dynamic_cast<const std::exception*>(&end);
        EXPECT_NE(std::string(text->what()).find("the deadline leaves no time for another try"),
                  std::string::npos)
            << text->what();
    }
    EXPECT_TRUE(recorded.events.empty());
}

TEST(Retry, NoRetryIsOneAttempt) {
    int attempts = 0;
    recorded_loop recorded(at_once, dsql::no_retry);
    EXPECT_THROW(recorded.loop.run([&] {
        ++attempts;
        throw conflict();
    }),
                 occ_conflict);
    EXPECT_EQ(attempts, 1);
    EXPECT_FALSE(dsql::call_limits(dsql::within(1s)).without_retry().may_retry());
    EXPECT_TRUE(dsql::call_limits(dsql::within(1s)).without_retry().deadline());
}

// Both run one attempt. Only the policy reports its end with a class and a text about retries.
TEST(Retry, APolicyWithoutRetriesIsExhaustedAndNoRetryIsNot) {
    const auto thrown = [](const retry_policy& policy, const dsql::call_limits& limits) {
        recorded_loop recorded(policy, limits);
        try {
            recorded.loop.run([] { throw conflict(); });
        } catch (const occ_conflict& failure) {
            EXPECT_TRUE(recorded.events.empty());
            const auto* const end = dynamic_cast<const dsql::retries_exhausted*>(&failure);
            return std::to_string(end == nullptr ? 0 : end->attempts()) + ' ' + failure.what();
        }
        return std::string("nothing");
    };
    const std::string exhausted = thrown({.max_retries = 0}, {});
    EXPECT_EQ(exhausted.find("1 "), 0U) << exhausted;
    EXPECT_NE(exhausted.find("[given up after 1 attempt in "), std::string::npos) << exhausted;
    const std::string as_it_is = thrown(at_once, dsql::no_retry);
    EXPECT_EQ(as_it_is.find("0 "), 0U) << as_it_is;
    EXPECT_EQ(as_it_is.find("given up"), std::string::npos) << as_it_is;
}

TEST(RetryPolicy, RejectsValuesOutOfRange) {
    const auto refused = [](const retry_policy& policy) -> std::string {
        try {
            dsql::retry(policy, [] {});
            return "taken";
        } catch (const dsql::config_error& failure) {
            return failure.what();
        }
    };
    EXPECT_EQ(refused({.max_retries = -1}),
              "retry_policy: max_retries is -1; it must be 0 or more");
    EXPECT_EQ(refused({.initial_wait = -1ms}),
              "retry_policy: initial_wait is -1 ms; it must be 0 or more");
    EXPECT_EQ(refused({.max_wait = 99ms}),
              "retry_policy: max_wait is 99 ms; it must be at least initial_wait");
    EXPECT_NE(refused({.multiplier = 0.5}).find("multiplier is 0.5"), std::string::npos);
    EXPECT_NE(refused({.multiplier = std::numeric_limits<double>::quiet_NaN()}).find("multiplier"),
              std::string::npos);
    EXPECT_NE(refused({.jitter = 1.5}).find("jitter is 1.5"), std::string::npos);
    EXPECT_EQ(refused({.max_retries = 0}), "taken");
    EXPECT_EQ(refused(retry_policy::patient()), "taken");
    EXPECT_EQ(refused(retry_policy::latency_sensitive()), "taken");
}

TEST(RetryPolicy, WaitsDoNotOverflow) {
    recorded_loop recorded({.max_retries = 2'000,
                            .initial_wait = 0ms,
                            .max_wait = 0ms,
                            .multiplier = 1e300,
                            .jitter = 1});
    EXPECT_THROW(recorded.loop.run([] { throw conflict(); }), occ_conflict);
    EXPECT_EQ(recorded.events.size(), 2'000U);
}

}  // namespace retry_loop_test
