// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

namespace dsql::detail {

/// While it lives, its thread must not wait, because it is the thread of an event loop. A
/// connection that is closed meanwhile has its hook called on a thread of the pool.
class nonblocking_scope {
public:
    nonblocking_scope() noexcept : outer_(std::exchange(active_, true)) {}
    nonblocking_scope(const nonblocking_scope&) = delete;
    nonblocking_scope& operator=(const nonblocking_scope&) = delete;
    ~nonblocking_scope() { active_ = outer_; }

    [[nodiscard]] static bool is_active() noexcept { return active_; }

private:
    // Of the thread, because the place that closes a connection does not know its caller.
    static inline thread_local bool active_ = false;

    const bool outer_;
};

}  // namespace dsql::detail
