// SPDX-License-Identifier: Apache-2.0
#include <dsql/detail/retry_loop.hpp>
#include <dsql/error.hpp>

#include "base/backoff.hpp"
#include "errors/retryable.hpp"
#include "errors/server_report.hpp"
#include "errors/value_free_error.hpp"
#include "occ/check_retry_policy.hpp"
#include "occ/throw_retries_exhausted.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <utility>

namespace dsql::detail {

namespace {

[[noreturn]] void refuse(const char* field, const std::string& value, const char* range) {
    throw config_error(std::string("retry_policy: ") + field + " is " + value + "; it must be " +
                       range);
}

std::string text_of(std::chrono::milliseconds time) {
    return std::to_string(time.count()) + " ms";
}

// The most attempts that may fail because of a stale prepared statement. The first such error makes
// the connection prepare all its statements again. A further one can only come from another
// connection or from the program itself.
constexpr int max_attempts_with_stale_statements = 3;

}  // namespace

void check_retry_policy(const retry_policy& policy) {
    if (policy.max_retries < 0) {
        refuse("max_retries", std::to_string(policy.max_retries), "0 or more");
    }
    if (policy.initial_wait.count() < 0) {
        refuse("initial_wait", text_of(policy.initial_wait), "0 or more");
    }
    if (policy.max_wait < policy.initial_wait) {
        refuse("max_wait", text_of(policy.max_wait), "at least initial_wait");
    }
    // The condition is negated so that NaN is rejected as well.
    if (!(policy.multiplier >= 1) || std::isinf(policy.multiplier)) {
        refuse("multiplier", std::to_string(policy.multiplier), "at least 1, and finite");
    }
    if (!(policy.jitter >= 0 && policy.jitter <= 1)) {
        refuse("jitter", std::to_string(policy.jitter), "from 0 to 1");
    }
}

retry_loop::retry_loop(const retryable_failures& retryable, const call_limits& limits,
                       const retry_policy& policy, observer_function on_retry)
    : retryable_(retryable),
      limits_(limits),
      policy_(policy),
      on_retry_(std::move(on_retry)),
      started_(call_limits::clock::now()) {
    check_retry_policy(policy);
}

void retry_loop::wait_after(const std::exception_ptr& failure) {
    const std::chrono::nanoseconds wait = wait_before_retry(failure);
    if (!interruptible_sleep_until(call_limits::clock::now() + wait, limits_.stop())) {
        end_stopped(failure);
    }
}

std::chrono::nanoseconds retry_loop::wait_before_retry(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const error& thrown) {
        if (may_repeat_at_once_after(thrown)) {
            report_retry(thrown, {});
            return {};
        }
        if (!may_repeat_after(thrown)) {
            throw;
        }
        return wait_before_retry_of(thrown);
    }
}

bool retry_loop::may_repeat_after(const error& failure) const {
    switch (repeatable_) {
        case repeatable::all:
            return limits_.may_retry() && is_retryable(failure, retryable_);
        case repeatable::conflicts:
            return limits_.may_retry() && is_retryable(failure, {});
        case repeatable::nothing:
            break;
    }
    return false;
}

// Whether to retry at once because the error comes from a statement that was prepared before a
// change of schema. No other transaction is involved, so the retry needs no delay and does not
// count against the policy.
bool retry_loop::may_repeat_at_once_after(const error& failure) {
    const auto* const rejected = dynamic_cast<const server_error*>(&failure);
    return rejected != nullptr && is_stale_statement(*rejected) && limits_.may_retry() &&
           repeatable_ == repeatable::all && !limits_.stop().stop_requested() &&
           ++attempts_with_stale_statements_ <= max_attempts_with_stale_statements;
}

void retry_loop::report_retry(const error& failure, std::chrono::nanoseconds wait) const {
    if (!on_retry_) {
        return;
    }
    const value_free_error shown(failure);
    retry_event event{.operation = retried_operation::transaction,
                      .attempt = std::max(attempts_, 1),
                      .wait = std::chrono::duration_cast<std::chrono::milliseconds>(wait),
                      .reason = shown.get().what()};
    if (const auto* const rejected = dynamic_cast<const server_error*>(&failure)) {
        event.sql = rejected->query();
        event.where = rejected->where();
    }
    on_retry_(event);
}

std::chrono::nanoseconds retry_loop::wait_before_retry_of(const error& failure) {
    ++attempts_;
    if (attempts_ > policy_.max_retries) {
        give_up("no retries are left");
    }
    const std::chrono::nanoseconds wait = next_wait();
    if (limits_.deadline() && call_limits::clock::now() + wait >= *limits_.deadline()) {
        give_up("the deadline leaves no time for another try");
    }
    if (limits_.stop().stop_requested()) {
        end_stopped_after(failure);
    }
    report_retry(failure, wait);
    return wait;
}

void retry_loop::end_stopped(const std::exception_ptr& failure) const {
    try {
        std::rethrow_exception(failure);
    } catch (const error& thrown) {
        end_stopped_after(thrown);
    }
}

// When the outcome of a COMMIT is unknown, that error takes precedence over `cancelled_error`.
void retry_loop::end_stopped_after(const error& failure) const {
    if (dynamic_cast<const commit_unknown_error*>(&failure) != nullptr) {
        give_up("a stop was requested");
    }
    throw cancelled_error("a stop was requested before try " + std::to_string(attempts_ + 1) +
                          "; the failure before it: " + failure.what());
}

void retry_loop::give_up(const char* why) const {
    rethrow_exhausted(attempts_, call_limits::clock::now() - started_, why);
}

std::chrono::nanoseconds retry_loop::next_wait() {
    const double longest = std::chrono::duration<double>(policy_.max_wait).count();
    const double grown = std::chrono::duration<double>(policy_.initial_wait).count() *
                         std::pow(policy_.multiplier, attempts_ - 1);
    // 0 × infinity is NaN.
    const double wait = policy_.initial_wait.count() == 0 ? 0 : std::min(grown, longest);
    const double lengthened =
        policy_.jitter == 0 ? wait : wait * uniform_real(1, 1 + policy_.jitter);
    return within(std::chrono::duration<double>(lengthened)).time;
}

}  // namespace dsql::detail
