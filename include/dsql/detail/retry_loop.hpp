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

/// Which failures are tried again, beyond conflicts.
struct retryable_failures {
    /// The server's word that it cannot just now.
    bool unavailable = false;
    /// A connection that broke, where the next try has another one.
    bool lost_connections = false;
    /// A COMMIT without an answer, where the next try finds out what became of it.
    bool unknown_commits = false;
};

/// What of an attempt's failure may be tried again.
enum class repeatable {
    all,        ///< whatever the loop was made for
    conflicts,  ///< the failure is not of its own transaction: only a conflict, of which nothing
                ///< remains wherever it was
    nothing,    ///< it has done its work
};

/// Tries something until it succeeds, or fails for good, or the policy, the deadline or the stop
/// token says that it is enough. For one thread.
class DSQL_EXPORT retry_loop {
public:
    using listener = std::function<void(const retry_event&)>;

    /// `tell` hears of each retry before its wait; may be empty. Throws `config_error` for a policy
    /// that cannot be used.
    retry_loop(const retryable_failures& retryable, const call_limits& limits,
               const retry_policy& policy, listener tell);

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

    /// Says it of the attempt under way; `all` unless it is said.
    void limit_retries_to(repeatable what) noexcept { repeatable_ = what; }

private:
    /// In a handler: waits until the next try, or throws what is to be the end.
    void wait_for_retry();
    [[nodiscard]] bool may_repeat_after(const error& failure) const;
    [[nodiscard]] bool may_repeat_at_once_after(const error& failure);
    void tell_of_retry(const error& failure, std::chrono::nanoseconds wait) const;
    void wait_for_retry_after(const error& failure);
    [[noreturn]] void end_stopped(const error& failure) const;
    [[noreturn]] void give_up(const char* why) const;
    [[nodiscard]] std::chrono::nanoseconds next_wait();

    retryable_failures retryable_;
    call_limits limits_;
    retry_policy policy_;
    listener tell_;
    call_limits::clock::time_point started_;
    int attempts_ = 0;
    int attempts_with_stale_statements_ = 0;
    repeatable repeatable_ = repeatable::all;
};

}  // namespace dsql::detail
