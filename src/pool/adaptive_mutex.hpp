// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>

namespace dsql::detail {

/// A mutex for very short critical sections. A thread that finds it locked pauses for one to two
/// microseconds between its attempts, and sleeps only after several of them. Meanwhile the holder
/// completes dozens of critical sections with its data in the cache of one core. A fair mutex or a
/// plain spin lock would move that data between the cores on every hand-over, which costs several
/// times the work itself.
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
    static constexpr int awaited = 2;  // locked, and a thread sleeps until it is unlocked

    void lock_slowly() noexcept;

    std::atomic<int> state_ = open;
};

}  // namespace dsql::detail
