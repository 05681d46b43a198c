// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include <atomic>

namespace dsql::detail {

/// Remembers in which process it was made. Asking is as cheap as reading a variable, which getpid()
/// is not.
class DSQL_EXPORT fork_mark {
public:
    /// Throws `std::system_error` when forks cannot be seen.
    fork_mark();

    /// Whether this is a child of the process it was made in, or a process that is exiting and has
    /// called `disown_all`.
    [[nodiscard]] bool is_in_child() const noexcept {
        return made_at_ != forks.load(std::memory_order_relaxed);
    }

    /// Has all marks that were made so far say what they would in a child.
    static void disown_all() noexcept { forks.fetch_add(1, std::memory_order_relaxed); }

private:
    // Global, because a process forks as a whole: counts the forks that led to this process.
    static std::atomic<unsigned> forks;

    unsigned made_at_;
};

}  // namespace dsql::detail
