// SPDX-License-Identifier: Apache-2.0
// Part of pool_engine.hpp: how a caller gets an idle connection or waits in the queue.
#pragma once

#include "errors/statement_context.hpp"
#include "pool/pool_engine.hpp"

namespace dsql::detail {

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::acquire_all_idle(const source_location& where)
    -> std::vector<Entry*> {
    require_own_process();
    closing leaving;  // declared before the lock, so that it closes connections after the unlock
    pending_starts starts(*this);
    lock_type lock(mutex_);
    throw_if_closed();
    std::vector<Entry*> taken;
    // Before the first is taken, because nothing may throw afterwards. No more than this can become
    // idle.
    taken.reserve(entries_.size() + static_cast<std::size_t>(limits_.max_connections));
    while (taken.size() < taken.capacity()) {
        Entry* const entry = take_idle_or_checked(lock, leaving);
        if (entry == nullptr) {
            break;
        }
        taken.push_back(check_out(entry, Clock::now(), where));
    }
    start_connects(starts);
    return taken;
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::acquire_slowly(const call_limits& limits,
                                               const source_location& where,
                                               const acquire_history* before) -> Entry* {
    const acquire_history this_round;
    const auto start = this_round.began;
    const auto until = latest_end(limits, start);
    closing leaving;  // declared before the lock, so that it closes connections after the unlock
    pending_starts starts(*this);
    waiter self;
    // Declared before the lock as well, because its destructor waits for a callback that locks.
    const std::stop_callback on_stop(limits.stop(), [this, &self] {
        const std::lock_guard lock(mutex_);
        self.stopped = true;
        self.signal.set();
    });
    lock_type lock(mutex_);
    throw_if_closed();
    if (self.stopped) {
        ++counters_.canceled_acquire_count;
        throw cancelled_error("acquire: stopped before it began");
    }
    Entry* const idle = take_idle_or_checked(lock, leaving);
    if (idle != nullptr) {
        start_connects(starts);  // other connections may have left, and others may wait
        return check_out(idle, Clock::now(), where);
    }
    throw_if_closed();
    throw_if_in_hook("acquire");
    throw_if_queue_full(where);
    self.since = Clock::now();
    waiters_.push(self);
    start_connects(starts);
    Entry* const entry = wait_for_entry(self, before == nullptr ? this_round : *before, until,
                                        where, lock, leaving, starts);
    const auto waited = wait_clock::now() - start;
    ++counters_.empty_acquire_count;
    counters_.empty_acquire_wait_time += waited;
    counters_.acquire_duration += waited;
    return check_out(entry, Clock::now(), where);
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::throw_if_queue_full(const source_location& where) {
    // Waiters for whom a connection can still be opened do not count.
    const int room = std::max(limits_.max_connections - live(), 0);
    if (limits_.max_waiters && waiters_.size() - room >= *limits_.max_waiters) {
        ++counters_.rejected;
        throw pool_exhausted_error("acquire: max_waiters, " + std::to_string(*limits_.max_waiters) +
                                   ", wait for a connection already" + counts_and_failure() +
                                   statement_context({}, where));
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::throw_if_in_hook(const char* what) const {
    if (hook_scope::is_inside(this)) {
        throw error(std::string(what) +
                    ": called in a hook or observer of the same pool, where it would have to wait "
                    "for a connection; the pool may be waiting for that hook");
    }
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::wait_for_entry(waiter& self, const acquire_history& history,
                                               wait_clock::time_point until,
                                               const source_location& where, lock_type& lock,
                                               closing& leaving, pending_starts& starts) -> Entry* {
    while (true) {
        lock.unlock();
        starts.run();
        const bool told = self.signal.wait_until(until);
        lock.lock();
        switch (self.state) {
            case outcome::entry:
                return self.entry;
            case outcome::failed:
                std::rethrow_exception(self.failure);
            case outcome::closed:
                throw_closed();
            case outcome::waiting:
                break;
        }
        if (self.stopped) {
            leave(self);
            throw cancelled_error("acquire: stopped while waiting for a connection");
        }
        if (self.called) {
            self.called = false;
            Entry* const entry = take_idle(lock, leaving);
            if (entry != nullptr && self.state == outcome::waiting) {
                waiters_.remove(self);
                call_next();
                start_connects(starts);  // other connections may have left, and others may wait
                return entry;
            }
            if (entry !=
                nullptr) {  // meanwhile this waiter got another one, or the pool was closed
                put_back_idle(entry, Clock::now());
            }
            start_connects(starts);
            if (self.state != outcome::waiting || self.called) {
                self.signal.set();  // handled in the next round
                continue;
            }
        }
        if (!told) {
            leave(self);
            throw_timeout(history, until, where);
        }
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::leave(waiter& self) noexcept {
    ++counters_.canceled_acquire_count;
    waiters_.remove(self);
    call_next();
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::delay_after_unfit(const call_limits& limits,
                                                  const source_location& where,
                                                  const acquire_history& before,
                                                  std::chrono::steady_clock::time_point round) {
    lock_type lock(mutex_);
    throw_if_in_hook("acquire");
    unfit_backoff_.failed(round, wait_clock::now());
    seen_unfit_ = true;
    const auto until = latest_end(limits, before.began);
    const auto at = unfit_backoff_.reserve(wait_clock::now());
    const std::uint64_t recoveries = unfit_backoff_.recoveries();
    const bool early = turn_.wait_until(lock, limits.stop(), std::min(at, until), [&] {
        return closed_ || unfit_backoff_.recoveries() != recoveries;
    });
    throw_if_closed();
    if (limits.stop().stop_requested()) {
        ++counters_.canceled_acquire_count;
        throw cancelled_error("acquire: stopped while waiting for a connection");
    }
    if (!early && until <= at) {
        ++counters_.canceled_acquire_count;
        throw_timeout(before, until, where);
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::end_unfit() noexcept {
    const std::lock_guard lock(mutex_);
    unfit_backoff_.succeeded();
    seen_unfit_ = false;
    turn_.notify_all();
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::take_idle(lock_type& lock, closing& leaving) noexcept -> Entry* {
    while (!idle_.empty()) {
        Entry* const entry = idle_.back();
        const auto now = Clock::now();
        idle_.pop_back();
        if (is_trusted(*entry, now)) {
            return entry;
        }
        if (now >= entry->expires_at) {
            ++counters_.max_lifetime_destroy_count;
            leaving.push(take_out(entry));
            continue;
        }
        // Nobody else can take it meanwhile, because it is neither idle nor in use.
        lock.unlock();
        const bool is_dead = entry->closed_by_peer();
        lock.lock();
        counters_.liveness_failures += is_dead ? 1 : 0;
        if (!is_dead && is_current(*entry, Clock::now())) {
            return entry;
        }
        leaving.push(take_out(entry));
    }
    return nullptr;
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::take_idle_or_checked(lock_type& lock, closing& leaving) noexcept
    -> Entry* {
    for (;;) {
        Entry* const entry = take_idle(lock, leaving);
        if (entry != nullptr || !is_checking_) {
            return entry;
        }
        turn_.wait(lock, [this] { return !is_checking_ || !idle_.empty(); });
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::put_back_idle(Entry* entry, time_point now) noexcept {
    if (!waiters_.empty() && now - waiters_.front().since >= patience) {
        serve(entry);
        return;
    }
    const auto place = std::upper_bound(
        idle_.begin(), idle_.end(), entry->idle_since,
        [](time_point since, const Entry* other) { return since < other->idle_since; });
    idle_.insert(place, entry);  // never exceeds the reserved capacity
    call_next();
}

}  // namespace dsql::detail
