// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/retrying_functions.hpp>
#include <dsql/pool.hpp>
#include <dsql/retry_policy.hpp>
#include <dsql/source_location.hpp>
#include <dsql/transact.hpp>
#include <dsql/transact_idempotent.hpp>

#include <functional>
#include <string_view>
#include <type_traits>

namespace dsql {

/// A pool whose statements are tried again when they meet a conflict with another transaction:
/// `query`, `execute`, `run` and the rest of `query_functions`, `transact` and
/// `transact_idempotent`. Each statement is a transaction of its own. A call that is given
/// `dsql::no_retry` is tried once.
///
/// It has no `stream` and no COPY, because rows that were already returned or taken cannot be taken
/// back for a retry. Use those of `pool()`, which make one attempt.
///
/// Borrows the pool, which must outlive it. Safe from any thread, and cheap to make.
class retrying_pool : public detail::retrying_functions<dsql::pool> {
public:
    /// The policy is checked when it is used.
    explicit retrying_pool(dsql::pool& borrowed, const retry_policy& policy = {})
        : retrying_functions(borrowed, policy) {}

    /// Runs `body(transaction&)` in a transaction on the pool, within limits, and runs it again by
    /// the pool's policy when it meets a conflict. @see dsql::transact
    template <detail::transaction_body F>
    std::invoke_result_t<F&, transaction&> transact(
        const call_limits& limits, F body, const transaction_options& options = {},
        source_location where = source_location::current()) {
        return dsql::transact(target(), {limits, policy()}, std::ref(body), options, where);
    }
    /// Runs `body(transaction&)` in a transaction on the pool, and runs it again by the pool's
    /// policy when it meets a conflict. @see dsql::transact
    template <detail::transaction_body F>
    std::invoke_result_t<F&, transaction&> transact(
        F body, const transaction_options& options = {},
        source_location where = source_location::current()) {
        return transact(call_limits(), std::ref(body), options, where);
    }

    /// Runs `body(transaction&)` once for each key, within limits, and retries by the pool's
    /// policy.
    /// @see dsql::transact_idempotent
    template <detail::transaction_body F>
    auto transact_idempotent(const call_limits& limits, std::string_view key, F body,
                             const idempotency_ledger& ledger = {},
                             source_location where = source_location::current()) {
        return dsql::transact_idempotent(target(), {limits, policy()}, key, std::ref(body), ledger,
                                         where);
    }
    /// Runs `body(transaction&)` once for each key, and retries by the pool's policy.
    /// @see dsql::transact_idempotent
    template <detail::transaction_body F>
    auto transact_idempotent(std::string_view key, F body, const idempotency_ledger& ledger = {},
                             source_location where = source_location::current()) {
        return transact_idempotent(call_limits(), key, std::ref(body), ledger, where);
    }

    /// The pool itself, without retries.
    [[nodiscard]] dsql::pool& pool() const noexcept { return target(); }
};

}  // namespace dsql
