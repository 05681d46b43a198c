// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/connection.hpp>
#include <dsql/detail/limited_transaction.hpp>
#include <dsql/detail/retry_listener.hpp>
#include <dsql/detail/retry_loop.hpp>
#include <dsql/detail/retry_target.hpp>
#include <dsql/pool.hpp>
#include <dsql/retry_policy.hpp>
#include <dsql/source_location.hpp>
#include <dsql/transaction.hpp>

#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace dsql {

namespace detail {

template <class F>
concept transaction_body = std::invocable<F&, transaction&>;

/// What a transaction's failures are tried again for; another connection is only a pool's.
[[nodiscard]] inline retryable_failures retryable_with(const pool&) noexcept {
    return {.unavailable = true, .lost_connections = true};
}
[[nodiscard]] inline retryable_failures retryable_with(const connection&) noexcept {
    return {.unavailable = true};
}

template <class F>
std::invoke_result_t<F&, transaction&> run_body(retry_loop& loop, transaction& running,
                                                const call_limits& limits, F& body) {
    const limited_transaction limited(running, limits);
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<F&, transaction&>>) {
            std::invoke(body, running);
            limited.require_kept();
        } else {
            auto&& answer = std::invoke(body, running);
            limited.require_kept();
            return std::forward<decltype(answer)>(answer);
        }
    } catch (...) {
        if (limited.may_be_committed()) {
            loop.limit_retries_to(repeatable::nothing);
        } else if (!limited.has_failed()) {
            loop.limit_retries_to(repeatable::conflicts);
        }
        throw;
    }
}

// The body may have ended it by itself.
template <class Transaction>
void commit_if_active(Transaction& running, const call_limits& limits, source_location where) {
    if (running.is_active()) {
        running.commit(limits, where);
    }
}

/// Begins a transaction, runs the body in it and commits.
template <class Target, class F>
std::invoke_result_t<F&, transaction&> run_transaction(retry_loop& loop, Target& target,
                                                       const call_limits& limits, F& body,
                                                       const transaction_options& options,
                                                       source_location where) {
    auto running = target.begin(limits, options, where);
    if constexpr (std::is_void_v<std::invoke_result_t<F&, transaction&>>) {
        run_body(loop, running, limits, body);
        commit_if_active(running, limits, where);
    } else {
        auto&& answer = run_body(loop, running, limits, body);
        commit_if_active(running, limits, where);
        return std::forward<decltype(answer)>(answer);
    }
}

}  // namespace detail

/// Runs `body(transaction&)` in a transaction, commits, and returns what the body returned. All of
/// it is run again, in a new transaction, when it meets a conflict with another one (OC000, OC001),
/// when the server says that it is unavailable or has had too many new connections (53400), and,
/// with a pool, when the connection is lost before COMMIT is sent. It is run again at once, beyond
/// the policy's `max_retries`, when a statement of it had been prepared before a change of schema.
///
/// The body may so be run several times, and what it does besides its statements is done each time.
/// What it throws rolls back and is passed on. It may call `commit` or `rollback` by itself, and
/// nothing is run again after that; a statement that would end the transaction is refused, see
/// `transaction`. The body must let failures of its statements pass: they have ended the
/// transaction. Of failures of other connections that it passes on, conflicts alone are tried
/// again.
///
/// Limits count for everything together, the body's statements and the waits included. With a pool,
/// each try acquires a connection.
///
/// Throws what the last try threw, as `retries_exhausted` as well, when retries did not help or the
/// deadline leaves no time for another; `cancelled_error` when stopped between tries;
/// `commit_unknown_error` when COMMIT was sent and not answered, which is never tried again:
/// the transaction may have been committed. For that see `transact_idempotent`. Also
/// `config_error`, for a policy that cannot be used.
template <detail::retry_target Target, detail::transaction_body F>
std::invoke_result_t<F&, transaction&> transact(
    Target& target, const retry_options& retries, F body, const transaction_options& options = {},
    source_location where = source_location::current()) {
    detail::retry_loop loop(detail::retryable_with(target), retries.limits, retries.policy,
                            detail::listener_of(target));
    return loop.run([&]() -> std::invoke_result_t<F&, transaction&> {
        return detail::run_transaction(loop, target, retries.limits, body, options, where);
    });
}
template <detail::retry_target Target, detail::transaction_body F>
std::invoke_result_t<F&, transaction&> transact(
    Target& target, F body, const transaction_options& options = {},
    source_location where = source_location::current()) {
    return transact(target, retry_options(), std::ref(body), options, where);
}

/// Does not compile: says what can be retried on.
template <class Target, class... Rest>
requires detail::no_retry_target<Target>
void transact(Target&&, Rest&&...) {
    detail::explain_retry_target<Target>();
}

}  // namespace dsql
