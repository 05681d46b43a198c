// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/observer.hpp>
#include <dsql/retry_policy.hpp>

#include <chrono>
#include <concepts>
#include <exception>
#include <functional>
#include <type_traits>

namespace dsql {
class batch;
class connection;
class pool;
}  // namespace dsql

namespace dsql::detail {

/// The kinds of errors that are retried, besides conflicts.
struct retryable_failures {
    /// The server reported itself unavailable.
    bool unavailable = false;
    /// The connection broke, and the next attempt has another one.
    bool lost_connections = false;
    /// COMMIT was sent, but no result arrived. The next attempt finds out whether it took effect.
    bool unknown_commits = false;
};

/// Which errors of the current attempt may be retried.
enum class repeatable {
    all,        ///< conflicts, and the kinds of errors that the loop was given
    conflicts,  ///< only conflicts: other errors may leave effects of another transaction
    nothing,    ///< none, because the attempt has taken effect
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

    /// Calls `attempt` until an attempt succeeds, and returns its result. Throws what
    /// `wait_before_retry` throws.
    template <class F>
    std::invoke_result_t<F&> run(F attempt) {
        while (true) {
            repeatable_ = repeatable::all;
            try {
                return attempt();
            } catch (...) {
                wait_after(std::current_exception());
            }
        }
    }

    /// Restricts which errors of the current attempt may be retried. Default: `all`.
    void limit_retries_to(repeatable what) noexcept { repeatable_ = what; }

    /// Decides what follows a failed attempt, for callers that wait in their own way. Returns how
    /// long to wait before the next attempt, after it has reported the retry to `on_retry`. Throws
    /// `failure` if that is not retried, also as a `retries_exhausted` if retries did not help.
    /// Throws `cancelled_error` if a stop was requested. Never blocks.
    [[nodiscard]] std::chrono::nanoseconds wait_before_retry(const std::exception_ptr& failure);

    /// Throws the error for a stop request during the wait after `failure`: a `cancelled_error`, or
    /// `failure` as a `retries_exhausted` if it is a `commit_unknown_error`.
    [[noreturn]] void end_stopped(const std::exception_ptr& failure) const;

private:
    void wait_after(const std::exception_ptr& failure);
    [[nodiscard]] std::chrono::nanoseconds wait_before_retry_of(const error& failure);
    [[nodiscard]] bool may_repeat_after(const error& failure) const;
    [[nodiscard]] bool may_repeat_at_once_after(const error& failure);
    void report_retry(const error& failure, std::chrono::nanoseconds wait) const;
    [[noreturn]] void end_stopped_after(const error& failure) const;
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

/// Returns a function that counts a pool's retries and reports them to its observer. The pool must
/// outlive it.
[[nodiscard]] DSQL_EXPORT retry_loop::observer_function retry_observer_of(pool& target);
/// Returns a function that reports retries to the connection's observer; empty if there is none.
/// The connection must outlive it.
[[nodiscard]] DSQL_EXPORT retry_loop::observer_function retry_observer_of(connection& target);

/// Throws `error` for a connection inside a transaction, a stream or a COPY, where a statement
/// cannot be retried by itself; a pool's connections never are.
DSQL_EXPORT void require_outside_block(const connection& target);
inline void require_outside_block(const pool&) noexcept {}
/// Throws `error` for a batch with a statement that ends a transaction: when a later one meets a
/// conflict, those before it have been committed, and must not be run again.
DSQL_EXPORT void require_repeatable(const batch& statements);

/// The objects whose statements and transactions can be retried.
template <class T>
concept retry_target = std::same_as<T, pool> || std::same_as<T, connection>;

/// Anything else that is passed in their place: a handle, a temporary, a transaction.
template <class T>
concept no_retry_target =
    !std::is_lvalue_reference_v<T> || !retry_target<std::remove_reference_t<T>>;

/// Whether a type points to such an object: a pool's handle, a pointer, an optional.
template <class T>
concept handle_of_target = requires(T& given) {
    requires retry_target<std::remove_reference_t<decltype(*given)>>;
};

/// Ends the compilation with a message that says what to pass instead.
template <class Given>
void explain_retry_target() {
    using T = std::remove_cvref_t<Given>;
    static_assert(!handle_of_target<T>,
                  "retries take the connection or pool itself, not what points to it: write "
                  "*handle");
    static_assert(handle_of_target<T> || retry_target<T>,
                  "retries take a dsql::pool or a dsql::connection");
    static_assert(!retry_target<T>,
                  "retries take a pool or connection that is no temporary and not const: give it a "
                  "name");
}

}  // namespace dsql::detail
