// SPDX-License-Identifier: Apache-2.0
// Part of pool_engine.hpp: resets, and the end of a pool.
#pragma once

#include "pool/pool_engine.hpp"

namespace dsql::detail {

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::reset() noexcept {
    if (made_in_.is_in_child()) {
        return;
    }
    closing leaving;  // declared before the lock: closed without it
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
    // A hook that sees its connection closed may let go of the pool.
    const std::shared_ptr<pool_engine> keep = this->shared_from_this();
    stopping_.request_stop();
    {
        closing leaving;  // declared before the lock: closed without it
        const std::lock_guard lock(mutex_);
        closed_ = true;
        while (!waiters_.empty()) {
            waiters_.pop(outcome::closed).signal.set();
        }
        move_out_idle(leaving);
        for (const entry_owner& in_use : entries_) {
            in_use->keep_owner = keep;
        }
        grown_.notify_all();
        turn_.notify_all();
    }
    if (hook_scope::is_inside(this)) {
        // Two hooks that wait for each other's threads would do so for ever.
        crew_.keep_while_working(keep);
    } else {
        crew_.join();
    }
}

template <class Entry, class Clock>
int pool_engine<Entry, Clock>::await_loans(milliseconds timeout) noexcept {
    if (made_in_.is_in_child()) {
        return 0;
    }
    std::unique_lock lock(mutex_);
    if (!hook_scope::is_inside(this)) {  // one of them may be that hook's
        drained_.wait_for(lock, timeout, [this] { return entries_.empty(); });
    }
    return static_cast<int>(entries_.size());
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::move_out_idle(closing& leaving) noexcept {
    for (const entry_owner& entry : entries_) {
        if (entry->successor != nullptr) {
            promote(std::exchange(entry->successor, nullptr));
            entry->replaced = false;
        }
    }
    for (Entry* const entry : idle_) {
        leaving.push(take_out(entry));
    }
    idle_.clear();
}

}  // namespace dsql::detail
