// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace dsql::detail {

/// Marks, while it lives, that this thread runs a hook or callback of a pool. A hook must not wait
/// for its own pool, because the pool may be waiting for the hook. Functions that could wait
/// therefore call `is_inside` first.
class hook_scope {
public:
    /// `pool` is only compared, never dereferenced.
    explicit hook_scope(const void* pool) noexcept
        : pool_(pool), outer_(std::exchange(innermost, this)) {}
    ~hook_scope() { innermost = outer_; }
    hook_scope(const hook_scope&) = delete;
    hook_scope& operator=(const hook_scope&) = delete;

    /// Whether this thread runs a hook of that pool, directly or nested in hooks of other pools.
    [[nodiscard]] static bool is_inside(const void* pool) noexcept {
        for (const hook_scope* scope = innermost; scope != nullptr; scope = scope->outer_) {
            if (scope->pool_ == pool) {
                return true;
            }
        }
        return false;
    }

private:
    static inline constinit thread_local const hook_scope* innermost = nullptr;

    const void* const pool_;
    const hook_scope* const outer_;
};

}  // namespace dsql::detail
