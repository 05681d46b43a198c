// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>

namespace dsql::detail {

/// An event that wakes one thread and then resets itself. If no thread waits yet, the next wait
/// returns at once. `set` is thread-safe while the object lives.
class auto_reset_event {
public:
    void set() {
        const std::lock_guard lock(mutex_);
        set_ = true;
        changed_.notify_one();  // before the unlock: afterwards the waiting thread may destroy this
                                // object
    }

    /// Waits until the event is set, and resets it. Returns false when `until` passes first.
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

/// A caller that waits for a connection. It lives on the caller's stack and is linked into the
/// pool's queue. All members except `signal` are guarded by the pool's mutex.
template <class Entry, class Clock>
struct pool_waiter {
    enum class outcome {
        waiting,
        entry,   ///< a connection was handed over
        failed,  ///< the connection that it waited for could not be opened
        closed,  ///< the pool was closed
    };

    typename Clock::time_point since{};
    outcome state = outcome::waiting;
    Entry* entry = nullptr;
    std::exception_ptr failure{};
    bool called = false;        ///< woken to look at the idle connections; still in the queue
    bool stopped = false;       ///< its stop token has requested a stop; still in the queue
    auto_reset_event signal{};  ///< set with each change
    pool_waiter* previous = nullptr;
    pool_waiter* next = nullptr;
};

/// An intrusive queue of waiters, first come, first served. It does not own them and allocates
/// nothing. A waiter can be removed from any position.
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

    /// Removes the first waiter and records how its wait ended; the caller then sets its signal.
    /// Precondition: the queue is not empty.
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

/// The history of an acquire that takes several rounds because the caller could not use the
/// connections that it got. Used for the error message.
struct acquire_history {
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    int replaced = 0;  ///< connections that `prepare_connection` had replaced
    int dead = 0;      ///< connections that did not answer a ping
};

}  // namespace dsql::detail
