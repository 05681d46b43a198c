// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>

namespace dsql::detail {

/// Wakes one thread, now or when it comes to wait. `raise` may be called from any thread as long as
/// the object is there.
class auto_reset_event {
public:
    void set() {
        const std::lock_guard lock(mutex_);
        set_ = true;
        changed_.notify_one();  // with the lock: behind it the object may be gone
    }

    /// Waits until it is raised, and lowers it; returns false when that did not happen in time.
    [[nodiscard]] bool wait_until(std::chrono::steady_clock::time_point until) {
        std::unique_lock lock(mutex_);
        const bool in_time = changed_.wait_until(lock, until, [this] { return set_; });
        set_ = false;
        return in_time;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool set_ = false;
};

/// One caller that waits for a connection: lives on its stack, in the pool's queue while it waits.
/// Everything here but the signal is guarded by the pool's mutex.
template <class Entry, class Clock>
struct pool_waiter {
    enum class outcome {
        waiting,
        entry,   ///< a connection was handed over
        failed,  ///< the connection it waited for cannot be made
        closed,  ///< the pool was closed
    };

    typename Clock::time_point since{};
    outcome state = outcome::waiting;
    Entry* entry = nullptr;
    std::exception_ptr failure{};
    bool called = false;        ///< to look at the idle connections; still in the queue
    bool stopped = false;       ///< its stop token says so; still in the queue
    auto_reset_event signal{};  ///< raised with each change
    pool_waiter* previous = nullptr;
    pool_waiter* next = nullptr;
};

/// Waiters in the order of their coming. Owns none of them. No allocation, and any waiter can leave
/// from the middle.
template <class Waiter>
class pool_waiter_queue {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] int size() const noexcept { return size_; }
    /// The one that has waited longest. The queue is not empty.
    [[nodiscard]] Waiter& front() const noexcept { return *first_; }

    void push(Waiter& added) noexcept {
        added.previous = last_;
        (last_ != nullptr ? last_->next : first_) = &added;
        last_ = &added;
        ++size_;
    }

    void remove(Waiter& leaving) noexcept {
        (leaving.previous != nullptr ? leaving.previous->next : first_) = leaving.next;
        (leaving.next != nullptr ? leaving.next->previous : last_) = leaving.previous;
        --size_;
    }

    /// Takes the first waiter out, to be told how its wait ended. The queue is not empty.
    Waiter& pop(typename Waiter::outcome with) noexcept {
        Waiter& served = *first_;
        remove(served);
        served.state = with;
        return served;
    }

private:
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
    int size_ = 0;
};

/// What an acquire has done so far that takes several rounds, because its caller could not use what
/// it got: for the text of its error.
struct acquire_history {
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    int replaced = 0;  ///< connections that `prepare_connection` had replaced
    int dead = 0;      ///< connections that did not answer a ping
};

}  // namespace dsql::detail
