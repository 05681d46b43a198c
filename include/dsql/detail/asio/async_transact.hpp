// SPDX-License-Identifier: Apache-2.0
// Retries of transactions and statements, as coroutines.
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/asio/async_connection.hpp>
#include <dsql/detail/asio/async_retry.hpp>
#include <dsql/detail/named_object.hpp>
#include <dsql/detail/owned_statement.hpp>
#include <dsql/detail/retry_loop.hpp>
#include <dsql/error.hpp>
#include <dsql/idempotency_ledger.hpp>
#include <dsql/retry_policy.hpp>
#include <dsql/source_location.hpp>
#include <dsql/sql_text.hpp>
#include <dsql/transact.hpp>
#include <dsql/transact_idempotent.hpp>
#include <dsql/transaction.hpp>
#include <dsql/uuid.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace dsql {

namespace detail {

/// The objects whose statements and transactions can be retried.
template <class T>
concept async_retry_target = std::same_as<T, async_pool> || std::same_as<T, async_connection>;

/// What the body of a transaction returns when it is awaited.
template <class F>
using awaited_result_t = typename std::invoke_result_t<F&, async_transaction&>::value_type;

/// A coroutine that may be the body of a transaction.
template <class F>
concept async_transaction_body = std::invocable<F&, async_transaction&> && requires {
    typename awaited_result_t<F>;
};

/// Rejects a body that this version of g++ would destroy twice, see `named_object`: a temporary
/// that owns something.
template <class F>
constexpr void require_safe_temporary() {
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    static_assert(
        std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<F>,
        "g++ 12 destroys a temporary lambda that owns what it captures twice, in an "
        "expression with co_await: give the lambda a name, and pass that, or std::ref of it");
#endif
}

/// Awaits `std::invoke(body, running)`, with Asio's errors for coroutines that were cancelled on if
/// `throws`. Such an error becomes `cancelled_error`.
template <class F>
boost::asio::awaitable<awaited_result_t<F>> await_function(async_transaction& running, F& body,
                                                           bool throws) {
    try {
        co_return co_await with_cancellation_errors<awaited_result_t<F>>(
            throws, [&] { return std::invoke(body, running); });
    } catch (const boost::system::system_error& aborted) {
        if (aborted.code() != boost::asio::error::operation_aborted) {
            throw;
        }
        throw cancelled_error("the coroutine was cancelled in the transaction's function");
    }
}

/// Awaits the body as `run_body` calls one.
template <class F>
boost::asio::awaitable<awaited_result_t<F>> await_body(retry_loop& loop, async_transaction& running,
                                                       const call_limits& limits, F& body,
                                                       bool throws) {
    const limited_transaction limited(running.blocking(), limits);
    const auto require_kept = [&] {
        if (!running.has_begun()) {
            throw error("the function given to async_transact has moved its transaction away");
        }
        limited.require_kept();
    };
    try {
        if constexpr (std::is_void_v<awaited_result_t<F>>) {
            co_await await_function(running, body, throws);
            require_kept();
        } else {
            auto returned = co_await await_function(running, body, throws);
            require_kept();
            co_return returned;
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

/// Commits, unless the body has called commit or rollback.
inline boost::asio::awaitable<void> await_commit(async_transaction& running,
                                                 const call_limits& limits, source_location where) {
    if (running.is_active()) {
        co_await require_not_cancelled("COMMIT was sent; nothing is committed");
        co_await running.commit(limits, where);
    }
}

/// Rolls back after a failure, so that the connection can be used again. Errors are ignored,
/// because the failure is what the caller gets; the connection is then closed.
inline boost::asio::awaitable<void> await_rollback(async_transaction& failed,
                                                   source_location where) {
    try {
        if (failed.is_active()) {
            co_await failed.rollback(within{std::chrono::seconds(1)}, where);
        }
    } catch (const error&) {
        static_cast<void>(0);
    }
}

/// Begins a transaction, awaits the body in it and commits. Call it with Asio's errors for
/// cancelled coroutines off; `throws` is whether the program has them on.
template <class Target, class F>
boost::asio::awaitable<awaited_result_t<F>> await_transaction(retry_loop& loop, Target& target,
                                                              const call_limits& limits, F& body,
                                                              const transaction_options& options,
                                                              source_location where, bool throws) {
    async_transaction running = co_await target.begin(limits, options, where);
    std::exception_ptr failure;
    try {
        if constexpr (std::is_void_v<awaited_result_t<F>>) {
            co_await await_body(loop, running, limits, body, throws);
            co_await await_commit(running, limits, where);
            co_return;
        } else {
            auto returned = co_await await_body(loop, running, limits, body, throws);
            co_await await_commit(running, limits, where);
            co_return returned;
        }
    } catch (...) {
        failure = std::current_exception();
    }
    co_await await_rollback(running, where);
    std::rethrow_exception(failure);
}

/// The attempts of one call of `async_transact_idempotent`.
template <class F>
class async_idempotent_call {
public:
    using returned = awaited_result_t<F>;
    using kept_type = kept_result<returned>;
    using result_type = decltype(std::declval<kept_type>().result());

    async_idempotent_call(async_pool& target, const call_limits& limits, std::string_view key,
                          F& body, const idempotency_ledger& ledger, source_location where)
        : pool_(target), limits_(limits), key_(key), body_(body), ledger_(ledger), where_(where) {}

    /// See `await_transaction`.
    boost::asio::awaitable<result_type> attempt(retry_loop& loop, bool throws) {
        const uuid id = uuid::random();
        async_transaction running = co_await pool_.begin(limits_, {}, where_);
        std::exception_ptr failure;
        try {
            co_return co_await attempt_in(loop, running, id, throws);
        } catch (...) {
            failure = std::current_exception();
        }
        co_await await_rollback(running, where_);
        std::rethrow_exception(failure);
    }

    [[nodiscard]] bool is_in_doubt() const noexcept { return !in_doubt_.empty(); }

private:
    boost::asio::awaitable<result_type> attempt_in(retry_loop& loop, async_transaction& running,
                                                   const uuid& id, bool throws) {
        const std::optional<uuid> owner = co_await claim(running, id);
        if (owner) {
            co_await running.rollback(limits_, where_);
            co_return in_doubt_.result_of(*owner);
        }
        std::optional<kept_type> kept;
        if constexpr (std::is_void_v<returned>) {
            co_await await_body(loop, running, limits_, body_, throws);
            kept.emplace();
        } else {
            // In two statements, see `named_object`.
            returned value = co_await await_body(loop, running, limits_, body_, throws);
            kept.emplace(kept_type{std::move(value)});
        }
        try {
            co_await await_commit(running, limits_, where_);
        } catch (const commit_unknown_error&) {
            in_doubt_.add(id, *std::move(kept));
            throw;
        }
        co_return (*std::move(kept)).result();
    }
    // See `claim_key`.
    boost::asio::awaitable<std::optional<uuid>> claim(async_transaction& running, const uuid& id) {
        const std::string insert = claim_statement(ledger_);
        const std::int64_t inserted =
            co_await running.execute(limits_, sql_text(insert, where_), key_, id);
        if (inserted == 1) {
            co_return std::nullopt;
        }
        const std::string query = owner_query(ledger_);
        co_return co_await running.query_value<uuid>(limits_, sql_text(query, where_), key_);
    }

    async_pool& pool_;
    const call_limits& limits_;
    std::string_view key_;
    F& body_;
    const idempotency_ledger& ledger_;
    source_location where_;
    attempts_in_doubt<kept_type> in_doubt_{};
};

/// See `async_execute_with_retry`, whose arguments this coroutine owns.
template <class R, class Target, class Finish>
boost::asio::awaitable<R> await_statement_with_retry(Target& target, retry_options retries,
                                                     owned_statement sql, Finish finish) {
    require_outside_block(target.blocking());
    retry_loop loop({}, retries.limits, retries.policy, retry_observer_of(target.blocking()));
    const auto attempt = [&]() -> boost::asio::awaitable<R> {
        co_return co_await target.template run_kept<R>(retries.limits, sql->copy(), finish);
    };
    co_return co_await with_cancellation_errors<R>(
        false, [&] { return run_attempts(loop, retries.limits, std::cref(attempt)); });
}

}  // namespace detail

namespace detail {

/// See `async_transact`, whose arguments this coroutine owns.
template <class Target, class F>
boost::asio::awaitable<awaited_result_t<F>> await_transact(Target& target, retry_options retries,
                                                           F body, transaction_options options,
                                                           source_location where) {
    retry_loop loop(retryable_with(target.blocking()), retries.limits, retries.policy,
                    retry_observer_of(target.blocking()));
    const bool throws = co_await boost::asio::this_coro::throw_if_cancelled();
    co_return co_await with_cancellation_errors<awaited_result_t<F>>(false, [&] {
        return run_attempts(loop, retries.limits, [&] {
            return await_transaction(loop, target, retries.limits, body, options, where, throws);
        });
    });
}

}  // namespace detail

/// Awaits `body(async_transaction&)`, a coroutine, in a transaction, commits, and returns what the
/// body returned. All of it is run again as by `transact`. `target` is an `async_pool` or an
/// `async_connection`, and has to outlive the call. The body is copied into the call; what it
/// refers to has to outlive the call as well. With g++ 12, a lambda that owns what it captures
/// needs a name. The wait before another attempt blocks no thread.
///
/// Throws what `transact` throws. When the coroutine is cancelled, it throws `cancelled_error`.
/// @see transact
///@{
template <detail::async_retry_target Target, class F>
requires detail::async_transaction_body<std::decay_t<F>>
auto async_transact(Target& target, retry_options retries, F&& body,
                    transaction_options options = {},
                    source_location where = source_location::current()) {
    detail::require_safe_temporary<F>();
    return detail::await_transact<Target, std::decay_t<F>>(target, std::move(retries),
                                                           std::forward<F>(body), options, where);
}
/// Without limits, and with the default policy.
template <detail::async_retry_target Target, class F>
requires detail::async_transaction_body<std::decay_t<F>>
auto async_transact(Target& target, F&& body, transaction_options options = {},
                    source_location where = source_location::current()) {
    return async_transact(target, retry_options(), std::forward<F>(body), options, where);
}
///@}

namespace detail {

/// See `async_transact_idempotent`, whose arguments this coroutine owns.
template <class F>
boost::asio::awaitable<typename async_idempotent_call<F>::result_type> await_idempotent_transaction(
    async_pool& target, retry_options retries, std::string key, F body, idempotency_ledger ledger,
    source_location where) {
    check_ledger_key(key);
    retryable_failures retryable = retryable_with(target.blocking());
    retryable.unknown_commits = true;
    async_idempotent_call<F> call(target, retries.limits, key, body, ledger, where);
    retry_loop loop(retryable, retries.limits, retries.policy,
                    retry_observer_of(target.blocking()));
    try {
        const bool throws = co_await boost::asio::this_coro::throw_if_cancelled();
        co_return co_await with_cancellation_errors<typename async_idempotent_call<F>::result_type>(
            false, [&] {
                return run_attempts(loop, retries.limits,
                                    [&] { return call.attempt(loop, throws); });
            });
    } catch (const commit_unknown_error&) {
        throw;
    } catch (const error& end) {
        if (call.is_in_doubt()) {
            throw_commit_in_doubt(end);
        }
        throw;
    }
}

}  // namespace detail

/// Awaits `body(async_transaction&)` as `async_transact` does, with effect exactly once for each
/// `key`, as `transact_idempotent` does. Returns what the body returned in the attempt that was
/// committed, as an optional; empty when another call had applied the key before. For a body that
/// returns nothing: true and false. The ledger is copied, but must have a name: a temporary does
/// not compile, because g++ 12 could not await such a call. @see transact_idempotent
///@{
template <class F>
requires detail::async_transaction_body<std::decay_t<F>>
auto async_transact_idempotent(async_pool& target, retry_options retries, std::string key, F&& body,
                               detail::named_object<idempotency_ledger> ledger,
                               source_location where = source_location::current()) {
    detail::require_safe_temporary<F>();
    return detail::await_idempotent_transaction<std::decay_t<F>>(
        target, std::move(retries), std::move(key), std::forward<F>(body), *ledger, where);
}
template <class F>
requires detail::async_transaction_body<std::decay_t<F>>
auto async_transact_idempotent(async_pool& target, std::string key, F&& body,
                               detail::named_object<idempotency_ledger> ledger,
                               source_location where = source_location::current()) {
    return async_transact_idempotent(target, retry_options(), std::move(key), std::forward<F>(body),
                                     ledger, where);
}
/// With the ledger of the default name.
template <class F>
requires detail::async_transaction_body<std::decay_t<F>>
auto async_transact_idempotent(async_pool& target, retry_options retries, std::string key, F&& body,
                               source_location where = source_location::current()) {
    const idempotency_ledger ledger;
    return async_transact_idempotent(target, std::move(retries), std::move(key),
                                     std::forward<F>(body), ledger, where);
}
template <class F>
requires detail::async_transaction_body<std::decay_t<F>>
auto async_transact_idempotent(async_pool& target, std::string key, F&& body,
                               source_location where = source_location::current()) {
    return async_transact_idempotent(target, retry_options(), std::move(key), std::forward<F>(body),
                                     where);
}
///@}

/// Runs a single statement outside a transaction, and runs it again when it meets a conflict;
/// returns the number of rows it changed or returned. `target` is an `async_pool` or an
/// `async_connection`, and has to outlive the call; the statement and its values are copied.
/// @see execute_with_retry
///@{
template <detail::async_retry_target Target, class... Vs>
boost::asio::awaitable<std::int64_t> async_execute_with_retry(Target& target, retry_options retries,
                                                              sql_text sql, const Vs&... values) {
    return detail::await_statement_with_retry<std::int64_t>(
        target, std::move(retries), detail::own_statement(sql, values...),
        [](const result& all) { return all.affected_rows(); });
}
template <detail::async_retry_target Target, class... Vs>
boost::asio::awaitable<std::int64_t> async_execute_with_retry(Target& target, sql_text sql,
                                                              const Vs&... values) {
    return async_execute_with_retry(target, retry_options(), sql, values...);
}
///@}

/// Runs a single query outside a transaction, runs it again when it meets a conflict, and returns
/// its rows as `T, Ts...`. @see async_execute_with_retry, query_with_retry
///@{
template <class T, class... Ts, detail::async_retry_target Target, class... Vs>
boost::asio::awaitable<rows<T, Ts...>> async_query_with_retry(Target& target, retry_options retries,
                                                              sql_text sql, const Vs&... values) {
    return detail::await_statement_with_retry<rows<T, Ts...>>(
        target, std::move(retries), detail::own_statement(sql, values...),
        [](result all) { return rows<T, Ts...>(std::move(all)); });
}
template <class T, class... Ts, detail::async_retry_target Target, class... Vs>
boost::asio::awaitable<rows<T, Ts...>> async_query_with_retry(Target& target, sql_text sql,
                                                              const Vs&... values) {
    return async_query_with_retry<T, Ts...>(target, retry_options(), sql, values...);
}
///@}

}  // namespace dsql
