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
    // Reserved before the first connection is taken, because nothing may throw afterwards. No more
    // than this many can be idle.
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

/// One acquire, as steps that never wait for another caller to release a connection. If a step
/// returns null, the caller must call it again after `woken_by` was woken, or at `until()`. Not
/// thread-safe. The engine, `before` and `woken_by` must outlive this object.
template <class Entry, class Clock>
class pool_engine<Entry, Clock>::acquire_operation {
public:
    /// `before` holds the earlier rounds of an acquire that takes several, and may be null.
    acquire_operation(pool_engine& pool, const call_limits& limits, const source_location& where,
                      const acquire_history* before, waker& woken_by)
        : pool_(pool),
          where_(where),
          before_(before),
          until_(pool.latest_end(limits, began_)),
          self_{.woken_by = woken_by},
          on_stop_(limits.stop(), stop_request{*this}) {}
    acquire_operation(const acquire_operation&) = delete;
    acquire_operation& operator=(const acquire_operation&) = delete;
    /// Gives up unless the acquire has ended: leaves the queue, and puts back a connection that has
    /// been handed over meanwhile.
    ~acquire_operation() {
        if (is_queued_) {
            // Declared before the lock, so that it closes connections after the unlock.
            closing leaving;
            const std::lock_guard lock(pool_.mutex_);
            give_up(leaving);
        }
    }

    /// Returns the connection, or null if the caller has to wait. Throws what `pool::acquire`
    /// throws. Must not be called again after it has returned a connection or has thrown.
    [[nodiscard]] Entry* step() {
        // Declared before the lock, so that it closes connections after the unlock.
        closing leaving;
        pending_starts starts(pool_);
        lock_type lock(pool_.mutex_);
        return is_queued_ ? look_again(lock, leaving, starts) : begin(lock, leaving, starts);
    }

    /// The latest time at which the acquire ends.
    [[nodiscard]] wait_clock::time_point until() const noexcept { return until_; }

private:
    struct stop_request {
        acquire_operation& stopped;
        void operator()() const noexcept {
            const std::lock_guard lock(stopped.pool_.mutex_);
            stopped.self_.stopped = true;
            stopped.self_.woken_by.wake();
        }
    };

    Entry* begin(lock_type& lock, closing& leaving, pending_starts& starts) {
        pool_.throw_if_closed();
        if (self_.stopped) {
            ++pool_.counters_.canceled_acquire_count;
            throw cancelled_error("acquire: stopped before it began");
        }
        Entry* const idle = pool_.take_idle_or_checked(lock, leaving);
        if (idle != nullptr) {
            // Other connections may have been closed, and other callers may wait.
            pool_.start_connects(starts);
            return pool_.check_out(idle, Clock::now(), where_);
        }
        pool_.throw_if_closed();
        pool_.throw_if_in_hook("acquire");
        pool_.throw_if_queue_full(where_);
        self_.since = Clock::now();
        pool_.waiters_.push(self_);
        is_queued_ = true;
        pool_.start_connects(starts);
        return nullptr;
    }

    Entry* look_again(lock_type& lock, closing& leaving, pending_starts& starts) {
        while (true) {
            if (self_.state != outcome::waiting) {
                return take_outcome();
            }
            if (self_.stopped) {
                leave();
                throw cancelled_error("acquire: stopped while waiting for a connection");
            }
            if (!self_.called) {
                break;
            }
            self_.called = false;
            Entry* const idle = pool_.take_idle(lock, leaving);
            if (idle != nullptr && self_.state == outcome::waiting) {
                pool_.waiters_.remove(self_);
                pool_.call_next();
                pool_.start_connects(starts);  // other connections may have been closed
                return arrived(idle);
            }
            if (idle != nullptr) {  // the wait ended in another way during the check
                pool_.offer(idle, Clock::now());
            }
            pool_.start_connects(starts);
        }
        if (wait_now() >= until_) {
            leave();
            pool_.throw_timeout(before_ == nullptr ? acquire_history{.began = began_} : *before_,
                                until_, where_);
        }
        return nullptr;
    }

    Entry* take_outcome() {
        if (self_.state == outcome::entry) {
            return arrived(self_.entry);
        }
        is_queued_ = false;
        if (self_.state == outcome::failed) {
            std::rethrow_exception(self_.failure);
        }
        throw_closed();
    }

    Entry* arrived(Entry* entry) noexcept {
        is_queued_ = false;
        const auto waited = wait_now() - began_;
        ++pool_.counters_.empty_acquire_count;
        pool_.counters_.empty_acquire_wait_time += waited;
        pool_.counters_.acquire_duration += waited;
        return pool_.check_out(entry, Clock::now(), where_);
    }

    void leave() noexcept {
        is_queued_ = false;
        ++pool_.counters_.canceled_acquire_count;
        pool_.waiters_.remove(self_);
        pool_.call_next();
    }

    void give_up(closing& leaving) noexcept {
        if (self_.state == outcome::waiting) {
            leave();
        } else if (self_.state == outcome::entry) {
            ++pool_.counters_.canceled_acquire_count;
            const auto now = Clock::now();
            if (pool_.is_current(*self_.entry, now)) {
                pool_.offer(self_.entry, now);
            } else {
                leaving.push(pool_.take_out(self_.entry));
            }
        }
    }

    pool_engine& pool_;
    const source_location where_;
    const wait_clock::time_point began_ = wait_now();
    const acquire_history* const before_;
    const wait_clock::time_point until_;
    waiter self_;
    bool is_queued_ = false;                    // false again once the outcome was taken
    std::stop_callback<stop_request> on_stop_;  // last: its callback uses the other members
};

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::acquire_slowly(const call_limits& limits,
                                               const source_location& where,
                                               const acquire_history* before) -> Entry* {
    thread_waker woken;
    acquire_operation acquiring(*this, limits, where, before, woken);
    while (true) {
        Entry* const entry = acquiring.step();
        if (entry != nullptr) {
            return entry;
        }
        woken.wait_until(acquiring.until());
    }
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::latest_end(const call_limits& limits,
                                           wait_clock::time_point start) const
    -> wait_clock::time_point {
    const auto latest = start + limits_.acquire_timeout;
    return limits.deadline() ? std::min(*limits.deadline(), latest) : latest;
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
void pool_engine<Entry, Clock>::delay_after_unfit(const call_limits& limits,
                                                  const source_location& where,
                                                  const acquire_history& before,
                                                  std::chrono::steady_clock::time_point round) {
    lock_type lock(mutex_);
    throw_if_in_hook("acquire");
    const auto until = latest_end(limits, before.began);
    const auto at = reserve_after_unfit(round);
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
auto pool_engine<Entry, Clock>::turn_after_unfit(std::chrono::steady_clock::time_point round)
    -> std::chrono::steady_clock::time_point {
    const std::lock_guard lock(mutex_);
    return reserve_after_unfit(round);
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::reserve_after_unfit(std::chrono::steady_clock::time_point round)
    -> std::chrono::steady_clock::time_point {
    unfit_backoff_.failed(round, wait_now());
    seen_unfit_ = true;
    return unfit_backoff_.reserve(wait_now());
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
        // No other thread can take it meanwhile, because it is neither idle nor in use.
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

}  // namespace dsql::detail
