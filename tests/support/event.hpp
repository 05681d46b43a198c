// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <mutex>

/// An event that happens once. Threads can wait for it.
class event {
public:
    void set() {
        const std::lock_guard lock(mutex_);
        is_set_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_set_; });
    }
    [[nodiscard]] bool is_set() const {
        const std::lock_guard lock(mutex_);
        return is_set_;
    }

private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    bool is_set_ = false;
};
