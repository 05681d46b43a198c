// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/waker.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>

namespace dsql::detail {

/// An event that wakes one thread and then resets itself. If no thread waits yet, the next wait
/// returns at once.
class thread_waker final : public waker {
public:
    void wake() noexcept override {
        const std::lock_guard lock(mutex_);
        set_ = true;
        changed_.notify_one();  // before the unlock: afterwards the waiting thread may destroy this
                                // object
    }

    /// Waits until `wake` is called or `until` has passed.
    void wait_until(std::chrono::steady_clock::time_point until) {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, until, [this] { return set_; });
        set_ = false;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool set_ = false;
};

/// A caller that waits for a connection. A part of its `acquire_operation`, and linked into the
/// pool's queue. All members except `woken_by` are guarded by the pool's mutex.
template <class Entry, class Clock>
struct pool_waiter {
    enum class outcome {
        waiting,
        entry,   ///< a connection was handed over
        failed,  ///< the connection that it waited for could not be opened
        closed,  ///< the pool was closed
    };

    waker& woken_by;  ///< woken after each change
    typename Clock::time_point since{};
    outcome state = outcome::waiting;
    Entry* entry = nullptr;
    std::exception_ptr failure{};
    bool called = false;   ///< woken to look at the idle connections; still in the queue
    bool stopped = false;  ///< its stop token has requested a stop; still in the queue
    pool_waiter* previous = nullptr;
    pool_waiter* next = nullptr;
};

/// An intrusive queue of waiters, linked by their `previous` and `next`: first come, first served.
/// It does not own them and allocates nothing. A waiter can be removed from any position.
template <class Waiter>
class pool_waiter_queue {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] int size() const noexcept { return size_; }
    /// The waiter that has waited longest. Precondition: the queue is not empty.
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

    /// Removes the first waiter and records how its wait ended; the caller then wakes it.
    /// Precondition: the queue is not empty.
    template <class Outcome>
    Waiter& pop(Outcome with) noexcept {
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

/// The history of an acquire that takes several rounds, because the caller could not use the
/// connections that it got. Used for error messages.
struct acquire_history {
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    int replaced = 0;  ///< connections that `prepare_connection` had replaced
    int dead = 0;      ///< connections that did not respond to a ping
};

}  // namespace dsql::detail
