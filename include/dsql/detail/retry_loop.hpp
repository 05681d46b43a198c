// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/observer.hpp>
#include <dsql/retry_policy.hpp>

#include <chrono>
#include <functional>
#include <type_traits>

namespace dsql::detail {

/// Which errors are tried again, besides conflicts.
struct retryable_failures {
    /// The server reported itself unavailable.
    bool unavailable = false;
    /// The connection broke, and the next attempt has another one.
    bool lost_connections = false;
    /// COMMIT was sent without a result, and the next attempt finds out whether it took effect.
    bool unknown_commits = false;
};

/// Which errors of an attempt may be tried again.
enum class repeatable {
    all,        ///< whatever the loop was made for
    conflicts,  ///< the error is of another transaction: only a conflict leaves no effects there
    nothing,    ///< the attempt has taken effect
};

/// Calls an attempt until it succeeds, fails with an error that is not retried, or the policy, the
/// deadline or the stop token ends the retries. For one thread.
class DSQL_EXPORT retry_loop {
public:
    using observer_function = std::function<void(const retry_event&)>;

    /// `on_retry` is called with each retry before its wait; may be empty. Throws `config_error`
    /// for a policy that cannot be used.
    retry_loop(const retryable_failures& retryable, const call_limits& limits,
               const retry_policy& policy, observer_function on_retry);

    /// Calls `attempt` and returns what it does, when it does.
    template <class F>
    std::invoke_result_t<F&> run(F attempt) {
        while (true) {
            repeatable_ = repeatable::all;
            try {
                return attempt();
            } catch (...) {
                wait_for_retry();
            }
        }
    }

    /// Restricts which errors of the current attempt may be retried. Default: `all`.
    void limit_retries_to(repeatable what) noexcept { repeatable_ = what; }

private:
    /// Called in an exception handler: waits until the next attempt, or rethrows.
    void wait_for_retry();
    [[nodiscard]] bool may_repeat_after(const error& thrown) const;
    [[nodiscard]] bool may_repeat_at_once_after(const error& thrown);
    void report_retry(const error& thrown, std::chrono::nanoseconds wait) const;
    void wait_for_retry_after(const error& thrown);
    [[noreturn]] void end_stopped(const error& thrown) const;
    [[noreturn]] void give_up(const char* why) const;
    [[nodiscard]] std::chrono::nanoseconds next_wait();

    retryable_failures retryable_;
    call_limits limits_;
    retry_policy policy_;
    observer_function on_retry_;
    call_limits::clock::time_point started_;
    int attempts_ = 0;
    int attempts_with_stale_statements_ = 0;
    repeatable repeatable_ = repeatable::all;
};

}  // namespace dsql::detail
