// SPDX-License-Identifier: Apache-2.0
// The forms in which calls take limits, and what must never be taken for one.
#include <dsql/async_job.hpp>
#include <dsql/call_limits.hpp>
#include <dsql/connection.hpp>
#include <dsql/pool.hpp>
#include <dsql/query_functions.hpp>
#include <dsql/retry.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace call_limits_test {

using namespace std::chrono_literals;
using dsql::call_limits;
using dsql::no_retry;
using dsql::retry_options;
using dsql::retry_policy;
using dsql::within;

// What becomes limits, and what does not.
static_assert(std::convertible_to<within, call_limits>);
static_assert(std::convertible_to<std::stop_token, call_limits>);
static_assert(std::convertible_to<dsql::no_retry_t, call_limits>);
static_assert(std::convertible_to<call_limits::clock::time_point, call_limits>);
static_assert(!std::convertible_to<const char*, call_limits>);
static_assert(!std::convertible_to<const char (&)[9], call_limits>);
static_assert(!std::convertible_to<std::string, call_limits>);
static_assert(!std::convertible_to<std::string_view, call_limits>);
static_assert(!std::convertible_to<std::nullptr_t, call_limits>);
static_assert(!std::convertible_to<int, call_limits>);
static_assert(!std::convertible_to<bool, call_limits>);
static_assert(!std::convertible_to<std::chrono::milliseconds, call_limits>);
static_assert(!std::convertible_to<std::chrono::system_clock::time_point, call_limits>);
static_assert(!std::convertible_to<retry_policy, call_limits>);

// The same for what retries are given.
static_assert(std::convertible_to<within, retry_options>);
static_assert(std::convertible_to<std::stop_token, retry_options>);
static_assert(std::convertible_to<dsql::no_retry_t, retry_options>);
static_assert(std::convertible_to<call_limits::clock::time_point, retry_options>);
static_assert(std::convertible_to<call_limits, retry_options>);
static_assert(std::convertible_to<retry_policy, retry_options>);
static_assert(!std::convertible_to<const char*, retry_options>);
static_assert(!std::convertible_to<const char (&)[9], retry_options>);
static_assert(!std::convertible_to<std::string, retry_options>);
static_assert(!std::convertible_to<std::string_view, retry_options>);
static_assert(!std::convertible_to<std::nullptr_t, retry_options>);
static_assert(!std::convertible_to<int, retry_options>);
static_assert(!std::convertible_to<std::chrono::milliseconds, retry_options>);

// Runs nothing, and remembers what it was given.
class recorder : public dsql::query_functions<recorder> {
public:
    call_limits limits{};
    std::string sql{};
    std::size_t values = 0;
    unsigned line = 0;

private:
    friend class dsql::query_functions<recorder>;

    dsql::result run_statement(const call_limits& given, const dsql::sql_text& statement,
                               const dsql::detail::argument_view& arguments) {
        limits = given;
        sql = statement.text();
        line = statement.where().line();
        values = static_cast<std::size_t>(arguments.count);
        return dsql::result(nullptr);
    }
    dsql::batch_results run_batch(const call_limits& given, const dsql::batch&) {
        limits = given;
        return dsql::batch_results({});
    }
};

const std::stop_source stopper;
const std::stop_token stop = stopper.get_token();
const auto tomorrow = call_limits::clock::now() + 24h;
constexpr std::string_view sql = "SELECT $1";

// How limits were given: with a deadline, with a stop token, to be retried.
struct expected_limits {
    bool deadline;
    bool stop;
    bool retry = true;
};

void expect_limits(const call_limits& given, const expected_limits& expected) {
    EXPECT_EQ(given.deadline().has_value(), expected.deadline);
    EXPECT_EQ(given.stop().stop_possible(), expected.stop);
    EXPECT_EQ(given.may_retry(), expected.retry);
}

struct form {
    const char* name;
    std::function<void(recorder&)> call;
    expected_limits expected;
};

TEST(CallLimits, ComeInFrontOfTheStatementInEachOfTheirForms) {
    const call_limits made(within{1s}, stop);
    const std::vector<form> forms{
        {"none", [](recorder& on) { on.execute("SELECT $1", 1); }, {false, false}},
        {"empty", [](recorder& on) { on.execute({}, "SELECT $1", 1); }, {false, false}},
        {"within", [](recorder& on) { on.execute(within{1s}, "SELECT $1", 1); }, {true, false}},
        {"deadline", [](recorder& on) { on.execute(tomorrow, "SELECT $1", 1); }, {true, false}},
        {"stop", [](recorder& on) { on.execute(stop, "SELECT $1", 1); }, {false, true}},
        {"both",
         [](recorder& on) {
             on.execute({within{1s}, stop}, "SELECT $1", 1);
         },
         {true, true}},
        {"deadline and stop",
         [](recorder& on) {
             on.execute({tomorrow, stop}, "SELECT $1", 1);
         },
         {true, true}},
        {"once", [](recorder& on) { on.execute(no_retry, "SELECT $1", 1); }, {false, false, false}},
        {"made", [&](recorder& on) { on.execute(made, "SELECT $1", 1); }, {true, true}},
        {"made, once",
         [&](recorder& on) { on.execute(made.without_retry(), "SELECT $1", 1); },
         {true, true, false}},
    };
    for (const form& each : forms) {
        SCOPED_TRACE(each.name);
        recorder on;
        each.call(on);
        expect_limits(on.limits, each.expected);
        EXPECT_EQ(on.sql, "SELECT $1");
        EXPECT_EQ(on.values, 1U);
    }
}

TEST(CallLimits, AreTakenByEachFunctionThatRunsStatements) {
    const dsql::batch statements;
    const std::vector<form> functions{
        {"query",
         [](recorder& on) {
             on.query({within{1s}, stop}, sql, 1);
         },
         {true, true}},
        {"query of types",
         [](recorder& on) {
             static_cast<void>(on.query<int>({within{1s}, stop}, sql, 1));
         },
         {true, true}},
        {"query_value",
         [](recorder& on) {
             EXPECT_THROW(static_cast<void>(on.query_value<int>({within{1s}, stop}, sql, 1)),
                          dsql::no_rows_error);
         },
         {true, true}},
        {"query_one",
         [](recorder& on) {
             EXPECT_THROW(static_cast<void>(on.query_one<int>({within{1s}, stop}, sql, 1)),
                          dsql::error);
         },
         {true, true}},
        {"query_optional",
         [](recorder& on) {
             EXPECT_ANY_THROW(
                 static_cast<void>(on.query_optional<int>({within{1s}, stop}, sql, 1)));
         },
         {true, true}},
        {"query_all",
         [](recorder& on) {
             EXPECT_ANY_THROW(static_cast<void>(on.query_all<int>({within{1s}, stop}, sql, 1)));
         },
         {true, true}},
        {"run",
         [&](recorder& on) {
             static_cast<void>(on.run({within{1s}, stop}, statements));
         },
         {true, true}},
    };
    for (const form& each : functions) {
        SCOPED_TRACE(each.name);
        recorder on;
        try {
            each.call(on);
        } catch (const dsql::conversion_error&) {
            // The recorder's result has no column.
        }
        expect_limits(on.limits, each.expected);
    }
}

TEST(CallLimits, LeaveTheValuesAndThePlaceOfTheCallAlone) {
    recorder on;
    on.execute("SELECT $1, $2", "text", nullptr);
    EXPECT_EQ(on.values, 2U);
    EXPECT_EQ(on.line, static_cast<unsigned>(__LINE__ - 2));
    on.execute({within{1s}, stop}, std::string("SELECT $1"), "text");
    EXPECT_EQ(on.values, 1U);
    EXPECT_EQ(on.line, static_cast<unsigned>(__LINE__ - 2));
    const char* const text = "SELECT 1";
    on.execute(text);
    EXPECT_EQ(on.sql, text);
    EXPECT_EQ(on.line, static_cast<unsigned>(__LINE__ - 2));
}

// Each form that a retrying function takes; never called, because it needs a server.
void retry_in_each_form(dsql::pool& pool, dsql::connection& session, const call_limits& limits,
                        const retry_policy& policy) {
    const auto body = [](dsql::transaction&) {
    };
    dsql::transact(pool, body);
    dsql::transact(session, within{1s}, body);
    dsql::transact(pool, tomorrow, body);
    dsql::transact(pool, stop, body, {.read_only = true});
    dsql::transact(pool, {within{1s}, stop}, body);
    dsql::transact(pool, no_retry, body);
    dsql::transact(pool, limits, body);
    dsql::transact(pool, policy, body);
    dsql::transact(pool, {limits, policy}, body);
    dsql::transact(pool, {within{1s}, policy}, body);
    dsql::transact(pool, {stop, policy}, body);
    dsql::transact(pool, {{within{1s}, stop}, policy}, body, {.read_only = true});
    dsql::transact(pool, {{within{1s}, stop}, {.max_retries = 5}}, body);
    dsql::transact_idempotent(pool, "key", body);
    dsql::transact_idempotent(pool, within{1s}, "key", body);
    dsql::transact_idempotent(pool, {within{1s}, stop}, std::string("key"), body);
    dsql::transact_idempotent(pool, policy, "key", body);
    dsql::transact_idempotent(pool, {limits, policy}, "key", body, {.table = "ledger"});
    dsql::execute_with_retry(pool, "SELECT $1", 1);
    dsql::execute_with_retry(session, {within{1s}, stop}, "SELECT $1", 1);
    dsql::execute_with_retry(pool, policy, "SELECT $1", 1);
    dsql::execute_with_retry(pool, {limits, policy}, "SELECT $1", 1);
    static_cast<void>(dsql::query_with_retry(pool, no_retry, "SELECT $1", 1));
    static_cast<void>(dsql::query_with_retry<int>(pool, "SELECT $1", 1));
    static_cast<void>(dsql::query_with_retry<int>(pool, {limits, policy}, "SELECT $1", 1));
    static_cast<void>(dsql::query_with_retry<int, int>(pool, within{1s}, "SELECT $1, 2", 1));
    dsql::retrying_pool retrying(pool, policy);
    retrying.transact(body);
    retrying.transact({within{1s}, stop}, body);
    retrying.transact_idempotent("key", body);
    retrying.transact_idempotent({within{1s}, stop}, "key", body);
    retrying.execute({within{1s}, stop}, "SELECT 1");
    static_cast<void>(pool.acquire());
    static_cast<void>(pool.acquire({within{1s}, stop}));
    static_cast<void>(pool.begin({within{1s}, stop}, {.read_only = true}));
    static_cast<void>(pool.stream<int>({within{1s}, stop}, "SELECT $1", 1));
    static_cast<void>(pool.copy_in({within{1s}, stop}, {.table = "lines"}));
    pool.ping({within{1s}, stop});
    static_cast<void>(session.prepare({within{1s}, stop}, "SELECT 1"));
    static_cast<void>(dsql::connect(dsql::config{}, {within{1s}, stop}));
    dsql::wait_for_job(pool, "id", {within{1s}, stop});
}

TEST(RetryOptions, TakeLimitsAndAPolicy) {
    static_cast<void>(&retry_in_each_form);
    const retry_options both{{within{1s}, stop}, {.max_retries = 7}};
    expect_limits(both.limits, {true, true});
    EXPECT_EQ(both.policy.max_retries, 7);
    const retry_options limits = no_retry;
    expect_limits(limits.limits, {false, false, false});
    EXPECT_EQ(limits.policy.max_retries, retry_policy().max_retries);
    const retry_options policy = retry_policy{.max_retries = 7};
    expect_limits(policy.limits, {false, false});
    EXPECT_EQ(policy.policy.max_retries, 7);
}

TEST(RetryOptions, CountInRetry) {
    int attempts = 0;
    const auto attempt = [&attempts] {
        ++attempts;
        throw dsql::occ_conflict({.sqlstate = "40001", .message = "(OC000)"});
    };
    EXPECT_THROW(dsql::retry(no_retry, attempt), dsql::occ_conflict);
    EXPECT_EQ(attempts, 1);
    EXPECT_THROW(dsql::retry({stop, {.max_retries = 2, .initial_wait = 0ms}}, attempt),
                 dsql::retries_exhausted);
    EXPECT_EQ(attempts, 4);
}

}  // namespace call_limits_test
