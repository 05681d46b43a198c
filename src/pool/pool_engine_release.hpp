// SPDX-License-Identifier: Apache-2.0
// Part of pool_engine.hpp: what happens to a released connection.
#pragma once

#include "pool/pool_engine.hpp"

namespace dsql::detail {

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::hijack(Entry* entry) noexcept -> entry_owner {
    // Destroyed after the unlock, because it may be the last owner of the engine.
    std::shared_ptr<pool_engine> keep;
    pending_starts starts(*this);
    const std::lock_guard lock(mutex_);
    keep = std::move(entry->keep_owner);
    entry_owner taken = take_out(entry);
    start_connects(starts);
    return taken;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::close_returned(Entry* entry, bool usable, time_point now) noexcept {
    const bool broken = entry->broken();
    // Destroyed after the unlock, `leaving` first: `leaving` closes the connection, and `keep` may
    // be the last owner of the engine.
    std::shared_ptr<pool_engine> keep;
    entry_owner leaving;
    pending_starts starts(*this);
    const std::lock_guard lock(mutex_);
    keep = std::move(entry->keep_owner);
    leaving = take_out(entry);
    if (usable && now >= leaving->expires_at) {
        ++counters_.max_lifetime_destroy_count;
    }
    if (broken) {
        suspect_all(now);
    }
    start_connects(starts);
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::offer(Entry* entry, time_point now) noexcept {
    if (!waiters_.empty() && now - waiters_.front().since >= patience) {
        serve(entry);
        return;
    }
    idle_.push_back(entry);  // cannot throw: the capacity is reserved
    call_next();
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::serve(Entry* entry) noexcept {
    waiter& served = waiters_.pop(outcome::entry);
    served.entry = entry;
    served.woken_by.wake();
    call_next();
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::call_next() noexcept {
    if (!idle_.empty() && !waiters_.empty() && !waiters_.front().called) {
        waiters_.front().called = true;
        waiters_.front().woken_by.wake();
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::suspect_all(time_point now) noexcept {
    suspect_until_ = now;
    wake_if_open();
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::take_out(Entry* entry) noexcept -> entry_owner {
    entry_owner taken = std::move(entries_[entry->position]);
    if (entry->position + 1 != entries_.size()) {
        entries_[entry->position] = std::move(entries_.back());
        entries_[entry->position]->position = entry->position;
    }
    entries_.pop_back();
    if (entry->successor != nullptr) {
        promote(entry->successor);
    } else if (entry->replaced) {
        --replacements_;  // the connect in progress now counts as an ordinary one
    }
    if (closed_ && entries_.empty()) {
        drained_.notify_all();
    }
    return taken;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::promote(Entry* successor) noexcept {
    successor->is_successor = false;
    --successors_;
    idle_.push_back(successor);  // cannot throw: the capacity is reserved
    call_next();
}

}  // namespace dsql::detail
