// SPDX-License-Identifier: Apache-2.0
// Part of pool_engine.hpp: maintenance, which deals with lifetimes, idle times, replacements and
// leaks.
#pragma once

#include "base/backoff.hpp"
#include "pool/pool_engine.hpp"

namespace dsql::detail {

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::maintain(
    const std::function<void(const source_location&, milliseconds)>& on_leak) -> milliseconds {
    closing leaving;  // declared before the lock, so that it closes connections after the unlock
    milliseconds wait{};
    const auto now = Clock::now();
    close_dead_idle(leaving);
    {
        const std::lock_guard lock(mutex_);
        close_aged_idle(now, leaving);
    }
    for (bool replaces = true; replaces;) {
        pending_starts starts(*this);
        const std::lock_guard lock(mutex_);
        replaces = replace_ageing(now, starts);
    }
    {
        pending_starts starts(*this);
        const std::lock_guard lock(mutex_);
        start_connects(starts);
        wait = time_to_next_round(now);
        next_round_at_ = now + wait;
    }
    std::size_t position = 0;
    while (const std::optional<leak> found = next_leak(now, position)) {
        const hook_scope hooks(this);
        on_leak(found->first, found->second);
    }
    return wait;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::close_dead_idle(closing& leaving) noexcept {
    lock_type lock(mutex_);
    const std::uint64_t round = ++round_;
    const auto next = [&] {
        return std::find_if(idle_.begin(), idle_.end(), [&](const Entry* entry) {
            return entry->checked_in_round != round && Clock::now() < entry->expires_at;
        });
    };
    for (auto place = next(); place != idle_.end(); place = next()) {
        Entry* const entry = *place;
        idle_.erase(place);
        entry->checked_in_round = round;
        is_checking_ = true;
        lock.unlock();
        const bool is_dead = entry->closed_by_peer();
        lock.lock();
        is_checking_ = false;
        counters_.liveness_failures += is_dead ? 1 : 0;
        if (!is_dead && is_current(*entry, Clock::now())) {
            offer(entry, Clock::now());
        } else {
            leaving.push(take_out(entry));
        }
        turn_.notify_all();
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::close_aged_idle(time_point now, closing& leaving) noexcept {
    auto idle = static_cast<int>(idle_.size());
    // `idle_` is ordered by last use, so that the connections used most recently make up the
    // minimum.
    std::erase_if(idle_, [&](Entry* entry) {
        if (now >= entry->expires_at) {
            ++counters_.max_lifetime_destroy_count;
        } else if (now - entry->idle_since >= limits_.max_idle_time &&
                   live() > limits_.min_connections && idle > limits_.min_idle_connections) {
            ++counters_.max_idle_destroy_count;
        } else {
            return false;
        }
        leaving.push(take_out(entry));
        --idle;
        return true;
    });
}

template <class Entry, class Clock>
bool pool_engine<Entry, Clock>::replace_ageing(time_point now, pending_starts& starts) noexcept {
    if (constructing_ >= limits_.max_concurrent_connects || backoff_.is_pausing(wait_now()) ||
        closed_) {
        return false;
    }
    const auto ageing =
        std::find_if(entries_.begin(), entries_.end(), [&](const entry_owner& entry) {
            return now >= entry->replace_at && !entry->replaced && !entry->is_successor &&
                   entry->generation == generation_;
        });
    return ageing != entries_.end() && start_connect(ageing->get(), starts);
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::next_leak(time_point now, std::size_t& position) noexcept
    -> std::optional<leak> {
    if (limits_.leak_threshold.count() == 0) {
        return std::nullopt;
    }
    const std::lock_guard lock(mutex_);
    while (!closed_ && position < entries_.size()) {
        Entry& entry = *entries_[position++];
        const auto held = now - entry.acquired_at;
        if (entry.in_use && !entry.leak_reported && held >= limits_.leak_threshold) {
            entry.leak_reported = true;
            return leak(entry.acquired_from, std::chrono::floor<milliseconds>(held));
        }
    }
    return std::nullopt;
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::time_to_next_round(time_point now) const noexcept -> milliseconds {
    // The shortest time that this returns, unless a thread has to be started again sooner.
    constexpr milliseconds shortest_round{100};
    auto next = now + limits_.health_check_period;
    if (limits_.leak_threshold.count() > 0) {
        next = std::min(next, now + limits_.leak_threshold);
    }
    for (const entry_owner& entry : entries_) {
        next = entry->replaced || entry->is_successor ? next : std::min(next, entry->replace_at);
        next = entry->in_use || entry->is_successor ? next : std::min(next, entry->expires_at);
    }
    const auto due = std::chrono::ceil<milliseconds>(next - now);
    const auto wait = std::max(due, std::min(shortest_round, limits_.health_check_period));
    return now < start_again_at_
               ? std::min(wait, std::chrono::ceil<milliseconds>(start_again_at_ - now))
               : wait;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::wake_if_open() noexcept {
    if (wake_ && !closed_) {
        wake_();
    }
}

template <class Entry, class Clock>
std::chrono::nanoseconds pool_engine<Entry, Clock>::jittered_lifetime() const noexcept {
    const double share = uniform_real(0, 1) * limits_.lifetime_jitter;
    const std::chrono::duration<double, std::milli> life = limits_.max_lifetime;
    return std::chrono::duration_cast<std::chrono::nanoseconds>(life * (1 - share));
}

}  // namespace dsql::detail
