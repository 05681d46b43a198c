// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/retry_loop.hpp>
#include <dsql/error.hpp>
#include <dsql/export.hpp>
#include <dsql/idempotency_ledger.hpp>
#include <dsql/pool.hpp>
#include <dsql/retry_policy.hpp>
#include <dsql/source_location.hpp>
#include <dsql/transact.hpp>
#include <dsql/transaction.hpp>
#include <dsql/uuid.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace dsql::detail {

/// Throws `config_error` for an invalid key: empty, or longer than 1 000 bytes.
DSQL_EXPORT void check_ledger_key(std::string_view key);

/// The statement that records `($1 key, $2 attempt)` in the ledger unless the key is there.
[[nodiscard]] DSQL_EXPORT std::string claim_statement(const idempotency_ledger& ledger);
/// The query for the attempt that has applied the key `$1`.
[[nodiscard]] DSQL_EXPORT std::string owner_query(const idempotency_ledger& ledger);
/// Records in the transaction that `attempt` has applied the key, or returns the attempt that had
/// applied it before.
[[nodiscard]] DSQL_EXPORT std::optional<uuid> claim_key(transaction& running,
                                                        const idempotency_ledger& ledger,
                                                        std::string_view key, const uuid& attempt,
                                                        source_location where);

/// Throws the error of a call that ends without knowing the result of one of its COMMITs.
[[noreturn]] DSQL_EXPORT void throw_commit_in_doubt(const error& end);

}  // namespace dsql::detail

namespace dsql {

namespace detail {

/// The type of a body's result, which is an object even if the body returns nothing.
template <class T>
struct kept_result {
    T value;
    [[nodiscard]] std::optional<T> result() && { return std::optional<T>(std::move(value)); }
    [[nodiscard]] static std::optional<T> applied_before() { return std::nullopt; }
};
template <>
struct kept_result<void> {
    [[nodiscard]] bool result() && noexcept { return true; }
    [[nodiscard]] static bool applied_before() noexcept { return false; }
};

template <class F>
auto keep_result(retry_loop& loop, transaction& running, const call_limits& limits, F& body) {
    using returned = std::invoke_result_t<F&, transaction&>;
    if constexpr (std::is_void_v<returned>) {
        run_body(loop, running, limits, body);
        return kept_result<void>{};
    } else {
        return kept_result<returned>{run_body(loop, running, limits, body)};
    }
}

/// The attempts of one call whose COMMIT had no response, and the results of their bodies.
template <class Kept>
class attempts_in_doubt {
public:
    void add(const uuid& attempt, Kept kept) { all_.emplace_back(attempt, std::move(kept)); }
    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }

    /// The call's result if the attempt `owner` has applied the key: one of these, or one of
    /// another call.
    [[nodiscard]] auto result_of(const uuid& owner) {
        for (auto& [attempt, kept] : all_) {
            if (attempt == owner) {
                return std::move(kept).result();
            }
        }
        return Kept::applied_before();
    }

private:
    std::vector<std::pair<uuid, Kept>> all_{};
};

/// The attempts of one call of `transact_idempotent`.
template <class F>
class idempotent_call {
public:
    using kept_type = kept_result<std::invoke_result_t<F&, transaction&>>;

    idempotent_call(pool& target, const call_limits& limits, std::string_view key, F& body,
                    const idempotency_ledger& ledger, source_location where)
        : pool_(target), limits_(limits), key_(key), body_(body), ledger_(ledger), where_(where) {}

    auto attempt(retry_loop& loop) {
        const uuid id = uuid::random();
        auto running = pool_.begin(limits_, {}, where_);
        if (const std::optional<uuid> owner = claim(running, id)) {
            running.rollback(limits_, where_);
            return in_doubt_.result_of(*owner);
        }
        kept_type kept = keep_result(loop, running, limits_, body_);
        try {
            commit_if_active(running, limits_, where_);
        } catch (const commit_unknown_error&) {
            in_doubt_.add(id, std::move(kept));
            throw;
        }
        return std::move(kept).result();
    }

    [[nodiscard]] bool is_in_doubt() const noexcept { return !in_doubt_.empty(); }

private:
    std::optional<uuid> claim(transaction& running, const uuid& id) {
        const limited_transaction limited(running, limits_);
        return claim_key(running, ledger_, key_, id, where_);
    }

    pool& pool_;
    const call_limits& limits_;
    std::string_view key_;
    F& body_;
    const idempotency_ledger& ledger_;
    source_location where_;
    attempts_in_doubt<kept_type> in_doubt_{};
};

}  // namespace detail

/// Runs `body(transaction&)` as `transact` does, with effect exactly once for each `key`, even when
/// the result of a COMMIT is lost: each attempt also writes the key to the ledger, in the same
/// transaction, and finds it there if it was applied before, by this call or any other. Keys are
/// text of 1 to 1 000 bytes that name the piece of work, for example an order's number; the ledger
/// is made by `create_ledger`. It takes one of the 3 000 rows that a transaction may modify.
///
/// Returns what the body returned in the attempt that was committed, as an optional; empty when
/// another call had applied the key before. For a body that returns nothing: true and false.
///
/// The guarantee does not hold for a body that ends the transaction by itself.
///
/// Throws `commit_unknown_error` when retries did not find out whether a COMMIT took effect: call
/// it again later, with the same key. Throws `config_error` for a key that is empty or too long,
/// and otherwise what `transact` throws.
template <detail::transaction_body F>
auto transact_idempotent(pool& target, const retry_options& retries, std::string_view key, F body,
                         const idempotency_ledger& ledger = {},
                         source_location where = source_location::current()) {
    static_assert(!std::is_reference_v<std::invoke_result_t<F&, transaction&>>,
                  "the body's result is kept: return a value");
    detail::check_ledger_key(key);
    detail::retryable_failures retryable = detail::retryable_with(target);
    retryable.unknown_commits = true;
    detail::idempotent_call<F> call(target, retries.limits, key, body, ledger, where);
    detail::retry_loop loop(retryable, retries.limits, retries.policy,
                            detail::retry_observer_of(target));
    try {
        return loop.run([&] { return call.attempt(loop); });
    } catch (const commit_unknown_error&) {
        throw;
    } catch (const error& end) {
        if (call.is_in_doubt()) {
            detail::throw_commit_in_doubt(end);
        }
        throw;
    }
}
/// Runs `body(transaction&)` with effect exactly once for each `key`, without limits of its own and
/// with the default retry policy.
/// @see transact_idempotent(pool&, const retry_options&, std::string_view, F, const
/// idempotency_ledger&, source_location)
template <detail::transaction_body F>
auto transact_idempotent(pool& target, std::string_view key, F body,
                         const idempotency_ledger& ledger = {},
                         source_location where = source_location::current()) {
    return transact_idempotent(target, retry_options(), key, std::ref(body), ledger, where);
}

/// Does not compile: says what can be retried on.
template <class Target, class... Rest>
requires detail::no_retry_target<Target>
void transact_idempotent(Target&&, Rest&&...) {
    detail::explain_retry_target<Target>();
}

}  // namespace dsql
