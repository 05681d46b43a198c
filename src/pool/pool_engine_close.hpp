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
    std::vector<entry_owner> closing;
    const std::lock_guard lock(mutex_);
    ++generation_;
    move_out_idle(closing);
    start_connects();
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::close() noexcept {
    if (made_in_.is_in_child()) {
        return;
    }
    stopping_.request_stop();
    {
        std::vector<entry_owner> closing;
        const std::lock_guard lock(mutex_);
        closed_ = true;
        while (!waiters_.empty()) {
            waiters_.pop(outcome::closed).signal.raise();
        }
        move_out_idle(closing);
        for (const entry_owner& on_loan : entries_) {
            on_loan->keep_owner = this->shared_from_this();
        }
        grown_.notify_all();
    }
    crew_.join();
}

template <class Entry, class Clock>
int pool_engine<Entry, Clock>::await_loans(milliseconds timeout) noexcept {
    if (made_in_.is_in_child()) {
        return 0;
    }
    std::unique_lock lock(mutex_);
    drained_.wait_for(lock, timeout, [this] { return entries_.empty(); });
    return static_cast<int>(entries_.size());
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::move_out_idle(std::vector<entry_owner>& closing) noexcept {
    closing.reserve(entries_.size());
    for (const entry_owner& entry : entries_) {
        if (entry->spare != nullptr) {
            promote(std::exchange(entry->spare, nullptr));
            entry->replaced = false;
        }
    }
    for (Entry* const entry : idle_) {
        closing.push_back(take_out(entry));
    }
    idle_.clear();
}

}  // namespace dsql::detail
