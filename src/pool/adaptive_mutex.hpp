// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace dsql::detail {

/// A mutex for what is never held for long. Who finds it taken stays away for a microsecond or two
/// before looking again, and only then sleeps: meanwhile the holder gets dozens of rounds done with
/// all it touches in its own core's cache. Taking turns at each round, fairly or by spinning on the
/// lock, moves that between the cores each time, which costs several times the work itself.
class adaptive_mutex {
public:
    adaptive_mutex() noexcept = default;
    adaptive_mutex(const adaptive_mutex&) = delete;
    adaptive_mutex& operator=(const adaptive_mutex&) = delete;

    void lock() noexcept {
        if (!try_lock()) {
            lock_slowly();
        }
    }

    [[nodiscard]] bool try_lock() noexcept {
        int expected = open;
        return state_.compare_exchange_strong(expected, taken, std::memory_order_acquire,
                                              std::memory_order_relaxed);
    }

    void unlock() noexcept {
        if (state_.exchange(open, std::memory_order_release) == awaited) {
            state_.notify_one();
        }
    }

private:
    static constexpr int open = 0;
    static constexpr int taken = 1;
    static constexpr int awaited = 2;  // taken, and somebody sleeps

    void lock_slowly() noexcept;

    std::atomic<int> state_ = open;
};

}  // namespace dsql::detail
