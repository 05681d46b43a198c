// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace dsql::detail {

/// Wakes one thread, now or when it comes to wait. `raise` may be called from any thread as long as
/// the object is there.
class wake_signal {
public:
    void raise() {
        const std::lock_guard lock(mutex_);
        raised_ = true;
        changed_.notify_one();  // with the lock: behind it the object may be gone
    }

    /// Waits until it is raised, and lowers it; returns false when that did not happen in time.
    [[nodiscard]] bool wait_until(std::chrono::steady_clock::time_point until) {
        std::unique_lock lock(mutex_);
        const bool in_time = changed_.wait_until(lock, until, [this] { return raised_; });
        raised_ = false;
        return in_time;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool raised_ = false;
};

}  // namespace dsql::detail
