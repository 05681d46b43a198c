// SPDX-License-Identifier: Apache-2.0
// Part of pool_engine.hpp: reset and close.
#pragma once

#include "pool/pool_engine.hpp"

namespace dsql::detail {

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::reset() noexcept {
    if (made_in_.is_in_child()) {
        return;
    }
    closing leaving;  // declared before the lock, so that it closes connections after the unlock
    pending_starts starts(*this);
    const std::lock_guard lock(mutex_);
    ++generation_;
    move_out_idle(leaving);
    start_connects(starts);
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::close() noexcept {
    if (made_in_.is_in_child()) {
        return;
    }
    // `before_close` may destroy the pool, so this function keeps the engine alive.
    const std::shared_ptr<pool_engine> keep = this->shared_from_this();
    stopping_.request_stop();
    {
        // Declared before the lock, so that it closes connections after the unlock.
        closing leaving;
        const std::lock_guard lock(mutex_);
        closed_ = true;
        while (!waiters_.empty()) {
            waiters_.pop(outcome::closed).woken_by.wake();
        }
        move_out_idle(leaving);
        for (const entry_owner& in_use : entries_) {
            in_use->keep_owner = keep;
        }
        grown_.notify_all();
        turn_.notify_all();
    }
    if (hook_scope::is_inside(this)) {
        // If two hooks waited for each other's threads, they would deadlock.
        connect_threads_.close_and_keep(keep);
    } else {
        connect_threads_.close();
    }
}

template <class Entry, class Clock>
int pool_engine<Entry, Clock>::wait_until_returned(milliseconds timeout) noexcept {
    if (made_in_.is_in_child()) {
        return 0;
    }
    std::unique_lock lock(mutex_);
    if (!hook_scope::is_inside(this)) {  // the hook itself may hold one of the connections
        drained_.wait_for(lock, timeout, [this] { return entries_.empty(); });
    }
    return static_cast<int>(entries_.size());
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::move_out_idle(closing& leaving) noexcept {
    for (const entry_owner& entry : entries_) {
        if (entry->successor != nullptr) {
            end_succession(entry->successor);
            idle_.push_back(std::exchange(entry->successor, nullptr));
            entry->replaced = false;
        }
    }
    for (Entry* const entry : idle_) {
        leaving.push(take_out(entry));
    }
    idle_.clear();
}

}  // namespace dsql::detail
