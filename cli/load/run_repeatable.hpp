// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/pool.hpp>
#include <dsql/retry_policy.hpp>
#include <dsql/transact.hpp>

#include <chrono>
#include <functional>
#include <thread>
#include <type_traits>

namespace dsql_cli::load {

/// How the loader retries: nobody waits for a single transaction, and giving up ends the load.
[[nodiscard]] constexpr dsql::retry_policy load_retry_policy() noexcept {
    return {.max_retries = 30,
            .initial_wait = std::chrono::milliseconds(50),
            .max_wait = std::chrono::milliseconds(5'000),
            .multiplier = 2,
            .jitter = 0.5};
}

/// How often something is tried again whose outcome is not known.
inline constexpr int most_unknown_outcomes = 20;

/// Waits before an attempt after an unknown outcome; `attempt` counts from 1.
inline void wait_after_unknown_outcome(int attempt) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20) * attempt * attempt);
}

/// Runs `body(transaction&)` in a transaction until it is committed, also when the outcome of a
/// COMMIT or of a statement is not known. So the body must have the same effect once or more often.
template <class F>
std::invoke_result_t<F&, dsql::transaction&> run_repeatable(dsql::pool& pool, F body) {
    for (int attempt = 1;; ++attempt) {
        try {
            return dsql::transact(pool, load_retry_policy(), std::ref(body));
        } catch (const dsql::commit_unknown_error&) {
            if (attempt == most_unknown_outcomes) {
                throw;
            }
        } catch (const dsql::timeout_error&) {
            if (attempt == most_unknown_outcomes) {
                throw;
            }
        }
        wait_after_unknown_outcome(attempt);
    }
}

}  // namespace dsql_cli::load
