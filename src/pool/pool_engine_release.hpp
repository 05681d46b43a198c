// SPDX-License-Identifier: Apache-2.0
// Part of pool_engine.hpp: what happens to a released connection.
#pragma once

#include "pool/pool_engine.hpp"

#include <iterator>

namespace dsql::detail {

template <class Entry, class Clock>
inline bool pool_engine<Entry, Clock>::give_back(Entry* entry, bool wanted) noexcept {
    if (made_in_.is_in_child()) {
        return false;  // the connection belongs to the parent process
    }
    const bool usable = wanted && entry->reusable();
    const auto now = Clock::now();
    if (usable) {
        const std::lock_guard lock(mutex_);
        if (is_current(*entry, now)) {
            entry->in_use = false;
            entry->is_new = false;
            entry->leak_reported = false;
            entry->idle_since = now;
            offer(entry, now);
            return true;
        }
    }
    close_returned(entry, usable, now);
    return false;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::reject(Entry* entry, bool kept, bool found_dead) noexcept {
    {
        const std::lock_guard lock(mutex_);
        --counters_.acquire_count;
        counters_.liveness_failures += found_dead ? 1 : 0;
    }
    give_back(entry, kept);
}

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

// The rule of fairness between waiters. If every release handed its connection over, each would
// cost a thread switch, and the queue would never shrink. So a free connection becomes idle, and
// the first waiter is woken to look for it. A caller who comes in between may take it. If that went
// on, some waiters would starve. So a waiter that has waited for `patience` is handed the
// connection, and nobody overtakes it. A new connection is always handed to the first waiter,
// because it was opened for one: see `on_connected`.
template <class Entry, class Clock>
void pool_engine<Entry, Clock>::offer(Entry* entry, time_point now) noexcept {
    constexpr milliseconds patience{4};
    if (!waiters_.empty() && now - waiters_.front().since >= patience) {
        serve(entry);
    } else {
        make_idle(entry);
        call_next();
    }
}

// `idle_` is ordered by last use. A connection that has just been released was used last, so its
// place is at the back. One that was only checked, or has not been used yet, belongs further to the
// front.
template <class Entry, class Clock>
void pool_engine<Entry, Clock>::make_idle(Entry* entry) noexcept {
    auto place = idle_.end();
    while (place != idle_.begin() && (*std::prev(place))->idle_since > entry->idle_since) {
        --place;
    }
    idle_.insert(place, entry);  // cannot throw: the capacity is reserved
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
        end_succession(entry->successor);
        offer(entry->successor, Clock::now());
    } else if (entry->replaced) {
        --replacements_;  // the connect in progress now counts as an ordinary one
    }
    if (closed_ && entries_.empty()) {
        drained_.notify_all();
    }
    return taken;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::end_succession(Entry* successor) noexcept {
    successor->is_successor = false;
    --successors_;
}

}  // namespace dsql::detail
