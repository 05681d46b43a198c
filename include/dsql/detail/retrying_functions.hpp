// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/detail/retry_loop.hpp>
#include <dsql/query_functions.hpp>
#include <dsql/retry_policy.hpp>

namespace dsql::detail {

/// Runs statements on a pool or a connection and retries each one that meets a conflict. The pool
/// or connection must outlive it.
template <class Target>
class retrying_functions : public query_functions<retrying_functions<Target>> {
public:
    retrying_functions(Target& target, const retry_policy& policy)
        : target_(&target), policy_(policy) {}

protected:
    [[nodiscard]] Target& target() const noexcept { return *target_; }
    [[nodiscard]] const retry_policy& policy() const noexcept { return policy_; }

private:
    friend class query_functions<retrying_functions<Target>>;

    result run_statement(const call_limits& limits, const sql_text& sql,
                         const argument_view& values) {
        require_outside_block(*target_);
        return loop(limits).run([&] { return target_->run_statement(limits, sql, values); });
    }
    batch_results run_batch(const call_limits& limits, const batch& statements) {
        require_outside_block(*target_);
        require_repeatable(statements);
        return loop(limits).run([&] { return target_->run_batch(limits, statements); });
    }
    [[nodiscard]] retry_loop loop(const call_limits& limits) const {
        return retry_loop({}, limits, policy_, retry_observer_of(*target_));
    }

    Target* target_;
    retry_policy policy_;
};

}  // namespace dsql::detail
