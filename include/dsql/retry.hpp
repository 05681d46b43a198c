// SPDX-License-Identifier: Apache-2.0
// Retries of what DSQL rejects because of a conflict.
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/connection.hpp>
#include <dsql/detail/retry_loop.hpp>
#include <dsql/detail/retrying_functions.hpp>
#include <dsql/occ_conflict.hpp>
#include <dsql/pool.hpp>
#include <dsql/result.hpp>
#include <dsql/retry_policy.hpp>
#include <dsql/retrying_pool.hpp>
#include <dsql/rows.hpp>
#include <dsql/sql_text.hpp>
#include <dsql/transact.hpp>
#include <dsql/transact_idempotent.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <type_traits>

namespace dsql {

/// Calls `attempt` and returns what it returned; calls it again when it fails with a conflict
/// (OC000, OC001). For work that is not one transaction on one connection. It must leave no effects
/// when it fails with a conflict.
///
/// Throws the error of the last attempt, which is also a `retries_exhausted` if retries did not
/// help or the deadline leaves no time for another; `cancelled_error` when stopped between
/// attempts; `config_error` for a policy that cannot be used.
template <std::invocable F>
std::invoke_result_t<F&> retry(const retry_options& retries, F attempt) {
    return detail::retry_loop({}, retries.limits, retries.policy, {}).run(std::ref(attempt));
}
/// Calls `attempt`, and calls it again when it fails with a conflict, without limits and with the
/// default policy. @see retry(const retry_options&, F)
template <std::invocable F>
std::invoke_result_t<F&> retry(F attempt) {
    return retry(retry_options(), std::ref(attempt));
}

/// Runs a single statement outside a transaction, and runs it again when it meets a conflict;
/// returns the number of rows it changed or returned. `target` is a `pool` or a `connection`.
/// Unlike `transact` it does not try again when the server is unavailable or the connection is
/// lost: the statement is its own COMMIT, and may have taken effect.
///
/// Throws what `query_functions::execute` throws; if retries did not help, the error is also a
/// `retries_exhausted`; `cancelled_error` when stopped between attempts; `error` for a connection
/// inside a transaction; `config_error` for a policy that cannot be used.
template <detail::retry_target Target, class... Vs>
std::int64_t execute_with_retry(Target& target, const retry_options& retries, sql_text sql,
                                const Vs&... values) {
    return detail::retrying_functions<Target>(target, retries.policy)
        .execute(retries.limits, sql, values...);
}
/// Runs a single statement outside a transaction, and runs it again when it meets a conflict,
/// without limits and with the default policy.
/// @see execute_with_retry(Target&, const retry_options&, sql_text, const Vs&...)
template <detail::retry_target Target, class... Vs>
std::int64_t execute_with_retry(Target& target, sql_text sql, const Vs&... values) {
    return execute_with_retry(target, retry_options(), sql, values...);
}

/// Runs a single statement outside a transaction, runs it again when it meets a conflict, and
/// returns its rows, their types known at run time. All rows have arrived when it returns, so a
/// conflict part-way through them is tried again as well.
/// @see execute_with_retry for what it throws
template <detail::retry_target Target, class... Vs>
[[nodiscard]] result query_with_retry(Target& target, const retry_options& retries, sql_text sql,
                                      const Vs&... values) {
    return detail::retrying_functions<Target>(target, retries.policy)
        .query(retries.limits, sql, values...);
}
/// Runs a single query, and runs it again when it meets a conflict, without limits and with the
/// default policy. @see query_with_retry(Target&, const retry_options&, sql_text, const Vs&...)
template <detail::retry_target Target, class... Vs>
[[nodiscard]] result query_with_retry(Target& target, sql_text sql, const Vs&... values) {
    return query_with_retry(target, retry_options(), sql, values...);
}

/// Runs a single query, runs it again when it meets a conflict, and returns its rows as `T, Ts...`.
/// @see rows, execute_with_retry for what it throws
template <class T, class... Ts, detail::retry_target Target, class... Vs>
[[nodiscard]] rows<T, Ts...> query_with_retry(Target& target, const retry_options& retries,
                                              sql_text sql, const Vs&... values) {
    return rows<T, Ts...>(query_with_retry(target, retries, sql, values...));
}
/// Runs a single query, and runs it again when it meets a conflict, without limits and with the
/// default policy; returns its rows as `T, Ts...`. @see rows, execute_with_retry
template <class T, class... Ts, detail::retry_target Target, class... Vs>
[[nodiscard]] rows<T, Ts...> query_with_retry(Target& target, sql_text sql, const Vs&... values) {
    return rows<T, Ts...>(query_with_retry(target, sql, values...));
}

/// Does not compile: says what can be retried on.
template <class Target, class... Rest>
requires detail::no_retry_target<Target>
void execute_with_retry(Target&&, Rest&&...) {
    detail::explain_retry_target<Target>();
}

/// Does not compile: says what can be retried on.
template <class Target, class... Rest>
requires detail::no_retry_target<Target>
void query_with_retry(Target&&, Rest&&...) {
    detail::explain_retry_target<Target>();
}
template <class T, class... Ts, class Target, class... Rest>
requires detail::no_retry_target<Target>
void query_with_retry(Target&&, Rest&&...) {
    detail::explain_retry_target<Target>();
}

}  // namespace dsql
