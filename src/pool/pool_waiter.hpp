// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>

namespace dsql::detail {

/// One caller that waits for a connection: lives on its stack, in the pool's queue while it waits.
/// Everything here is guarded by the pool's mutex.
template <class Entry>
struct pool_waiter {
    enum class outcome {
        waiting,
        entry,      ///< a connection was handed over
        construct,  ///< there is room for one more: the waiter makes it, its place is counted
        closed,     ///< the pool was closed
    };

    outcome state = outcome::waiting;
    Entry* entry = nullptr;
    std::condition_variable changed{};
    pool_waiter* previous = nullptr;
    pool_waiter* next = nullptr;
};

/// Waiters in the order of their coming. Owns none of them. No allocation, and any waiter can leave
/// from the middle.
template <class Entry>
class pool_waiter_queue {
public:
    using waiter = pool_waiter<Entry>;

    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] int size() const noexcept { return size_; }

    void push(waiter& added) noexcept {
        added.previous = last_;
        (last_ != nullptr ? last_->next : first_) = &added;
        last_ = &added;
        ++size_;
    }

    void remove(waiter& leaving) noexcept {
        (leaving.previous != nullptr ? leaving.previous->next : first_) = leaving.next;
        (leaving.next != nullptr ? leaving.next->previous : last_) = leaving.previous;
        --size_;
    }

    /// Takes the first waiter out and wakes it. The queue is not empty.
    void serve(typename waiter::outcome with, Entry* entry = nullptr) noexcept {
        waiter& served = *first_;
        remove(served);
        served.state = with;
        served.entry = entry;
        served.changed.notify_one();
    }

private:
    waiter* first_ = nullptr;
    waiter* last_ = nullptr;
    int size_ = 0;
};

}  // namespace dsql::detail
