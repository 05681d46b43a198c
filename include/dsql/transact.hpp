// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/connection.hpp>
#include <dsql/detail/retry_loop.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/export.hpp>
#include <dsql/pool.hpp>
#include <dsql/retry_policy.hpp>
#include <dsql/source_location.hpp>
#include <dsql/transaction.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace dsql::detail {

/// During its lifetime, applies limits to every statement of a transaction, in addition to the
/// statement's own limits. Pins the session, so that it returns to its pool without these limits.
class DSQL_EXPORT limited_transaction {
public:
    /// Throws `error` for a transaction that is over.
    limited_transaction(transaction& limited, const call_limits& limits);
    ~limited_transaction();
    limited_transaction(const limited_transaction&) = delete;
    limited_transaction& operator=(const limited_transaction&) = delete;

    /// Whether the transaction has failed or lost its connection.
    [[nodiscard]] bool has_failed() const noexcept;
    /// Whether it was committed, or may have been: then it must not be repeated.
    [[nodiscard]] bool may_be_committed() const noexcept;
    /// Throws `error` if the transaction was moved to another object, which would not be committed.
    void require_kept() const;

private:
    const transaction& transaction_;
    session_pin session_;
    std::uint64_t number_;
    call_limits before_;  // of the pool's hook that this runs in, if any
};

}  // namespace dsql::detail

namespace dsql {

namespace detail {

template <class F>
concept transaction_body = std::invocable<F&, transaction&>;

/// The errors for which a transaction is retried. Only a pool can retry on another connection.
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
            auto&& returned = std::invoke(body, running);
            limited.require_kept();
            return std::forward<decltype(returned)>(returned);
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

// The body may have called commit or rollback.
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
        auto&& returned = run_body(loop, running, limits, body);
        commit_if_active(running, limits, where);
        return std::forward<decltype(returned)>(returned);
    }
}

}  // namespace detail

/// Runs `body(transaction&)` in a transaction, commits, and returns what the body returned. All of
/// it is run again, in a new transaction, when it meets a conflict (OC000, OC001), when the server
/// reports itself unavailable or rejects too many new connections (53400), and, with a pool, when
/// the connection is lost before COMMIT is sent. It is run again at once, beyond the policy's
/// `max_retries`, when one of its statements was prepared before a change of schema.
///
/// So the body may run several times, and whatever else it does is done each time. If it throws,
/// the transaction is rolled back and the exception is passed on. It must not swallow errors of its
/// statements, because they have ended the transaction. It may call `commit` or `rollback` itself;
/// nothing is run again after that. Statements that would end the transaction are an `error`. When
/// it passes on an error of another connection, only a conflict is tried again.
///
/// `target` is a `pool`, of which each attempt acquires a connection, or a `connection`. Limits
/// count for everything together: attempts, the body's statements and the waits between attempts.
///
/// Throws the error of the last attempt, which is also a `retries_exhausted` if retries did not
/// help or the deadline leaves no time for another; `cancelled_error` when stopped between
/// attempts; `commit_unknown_error` when COMMIT was sent and its result is not known, which is
/// never tried again, because the transaction may have been committed (see `transact_idempotent`);
/// `config_error` for a policy that cannot be used.
template <detail::retry_target Target, detail::transaction_body F>
std::invoke_result_t<F&, transaction&> transact(
    Target& target, const retry_options& retries, F body, const transaction_options& options = {},
    source_location where = source_location::current()) {
    detail::retry_loop loop(detail::retryable_with(target), retries.limits, retries.policy,
                            detail::retry_observer_of(target));
    return loop.run([&]() -> std::invoke_result_t<F&, transaction&> {
        return detail::run_transaction(loop, target, retries.limits, body, options, where);
    });
}
/// Runs `body(transaction&)` in a transaction, commits, and runs all of it again when it meets a
/// conflict, without limits and with the default policy.
/// @see transact(Target&, const retry_options&, F, const transaction_options&, source_location)
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
