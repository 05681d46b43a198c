// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace dsql::pg {

/// Remembers in which process it was made. Asking is as cheap as reading a variable, which getpid()
/// is not.
class fork_mark {
public:
    fork_mark();

    /// Whether this is a child of the process it was made in.
    [[nodiscard]] bool is_in_child() const noexcept {
        return made_at_ != forks.load(std::memory_order_relaxed);
    }

private:
    // Global, because a process forks as a whole: counts the forks that led to this process since
    // the first mark was made.
    static std::atomic<unsigned> forks;
    static void count() noexcept { forks.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] static unsigned watch();

    unsigned made_at_;
};

}  // namespace dsql::pg
