// SPDX-License-Identifier: Apache-2.0
// Trying again what DSQL asks to try again.
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/connection.hpp>
#include <dsql/detail/retry_loop.hpp>
#include <dsql/detail/retry_target.hpp>
#include <dsql/detail/retrying_functions.hpp>
#include <dsql/occ_conflict.hpp>
#include <dsql/pool.hpp>
#include <dsql/result.hpp>
#include <dsql/retries_exhausted.hpp>
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

/// Calls `attempt` and returns what it returned; calls it again when it fails by a conflict with
/// another transaction (OC000, OC001). For what is no transaction or statement of one connection;
/// it has to be one that nothing remains of when it fails so. Throws as `transact` does.
template <std::invocable F>
std::invoke_result_t<F&> retry(const retry_options& retries, F attempt) {
    return detail::retry_loop({}, retries.limits, retries.policy, {}).run(std::ref(attempt));
}
template <std::invocable F>
std::invoke_result_t<F&> retry(F attempt) {
    return retry(retry_options(), std::ref(attempt));
}

/// Runs a single statement, outside a transaction, again when it meets a conflict with another
/// transaction; returns the number of rows it changed or returned. Unlike `transact` it does not
/// try again when the server is unavailable or the connection is lost: the statement is its own
/// COMMIT, and may have been done. Throws as `query_functions` and `transact` do, and `error` for a
/// connection inside a transaction.
template <detail::retry_target Target, class... Vs>
std::int64_t execute_with_retry(Target& target, const retry_options& retries, sql_text sql,
                                const Vs&... values) {
    return detail::retrying_functions<Target>(target, retries.policy)
        .execute(retries.limits, sql, values...);
}
template <detail::retry_target Target, class... Vs>
std::int64_t execute_with_retry(Target& target, sql_text sql, const Vs&... values) {
    return execute_with_retry(target, retry_options(), sql, values...);
}

/// The same for a statement's rows, their types known at run time. They have all come when it
/// returns, so that a conflict in the midst of them is tried again as well.
template <detail::retry_target Target, class... Vs>
[[nodiscard]] result query_with_retry(Target& target, const retry_options& retries, sql_text sql,
                                      const Vs&... values) {
    return detail::retrying_functions<Target>(target, retries.policy)
        .query(retries.limits, sql, values...);
}
template <detail::retry_target Target, class... Vs>
[[nodiscard]] result query_with_retry(Target& target, sql_text sql, const Vs&... values) {
    return query_with_retry(target, retry_options(), sql, values...);
}

/// The same for rows as `T, Ts...`; see `rows`.
template <class T, class... Ts, detail::retry_target Target, class... Vs>
[[nodiscard]] rows<T, Ts...> query_with_retry(Target& target, const retry_options& retries,
                                              sql_text sql, const Vs&... values) {
    return rows<T, Ts...>(query_with_retry(target, retries, sql, values...));
}
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
