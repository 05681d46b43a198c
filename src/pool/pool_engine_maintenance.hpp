// SPDX-License-Identifier: Apache-2.0
// Part of pool_engine.hpp: what ages: lifetimes, idle times, replacements, leaks.
#pragma once

#include "pool/pool_engine.hpp"
#include "pool/random_between.hpp"

namespace dsql::detail {

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::maintain(
    const std::function<void(const source_location&, milliseconds)>& on_leak) -> milliseconds {
    std::vector<entry_owner> closing;  // declared before the lock: closed without it
    std::vector<std::pair<source_location, milliseconds>> leaks;
    milliseconds wait{};
    {
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        close_unfit_idle(now, closing);
        replace_ageing(now);
        start_connects();
        collect_leaks(now, leaks);
        wait = time_to_next_round(now);
        next_round_at_ = now + wait;
    }
    for (const auto& [where, held] : leaks) {
        on_leak(where, held);
    }
    return wait;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::close_unfit_idle(time_point now,
                                                 std::vector<entry_owner>& closing) {
    closing.reserve(idle_.size());
    auto idle = static_cast<int>(idle_.size());
    // Oldest use first, so that the minimum is made of the connections used last.
    std::erase_if(idle_, [&](Entry* entry) {
        if (now >= entry->expires_at) {
            ++counters_.max_lifetime_destroy_count;
        } else if (entry->hung_up()) {
            ++counters_.liveness_failures;
        } else if (now - entry->idle_since >= limits_.max_idle_time &&
                   live() > limits_.min_connections && idle > limits_.min_idle_connections) {
            ++counters_.max_idle_destroy_count;
        } else {
            return false;
        }
        closing.push_back(take_out(entry));
        --idle;
        return true;
    });
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::replace_ageing(time_point now) noexcept {
    for (const entry_owner& entry : entries_) {
        if (constructing_ >= limits_.max_concurrent_connects || backoff_.failures() > 0 ||
            closed_) {
            return;
        }
        if (now >= entry->replace_at && !entry->replaced && !entry->is_spare &&
            entry->generation == generation_ && !start_connect(entry.get())) {
            return;
        }
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::collect_leaks(
    time_point now, std::vector<std::pair<source_location, milliseconds>>& leaks) {
    if (limits_.leak_threshold.count() == 0) {
        return;
    }
    for (const entry_owner& entry : entries_) {
        const auto held = now - entry->acquired_at;
        if (entry->on_loan && !entry->leak_reported && held >= limits_.leak_threshold) {
            leaks.emplace_back(entry->acquired_from, std::chrono::floor<milliseconds>(held));
            entry->leak_reported = true;
        }
    }
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::time_to_next_round(time_point now) const noexcept -> milliseconds {
    auto next = now + limits_.health_check_period;
    if (limits_.leak_threshold.count() > 0) {
        next = std::min(next, now + limits_.leak_threshold);
    }
    for (const entry_owner& entry : entries_) {
        next = entry->replaced || entry->is_spare ? next : std::min(next, entry->replace_at);
        next = entry->on_loan || entry->is_spare ? next : std::min(next, entry->expires_at);
    }
    const auto wait = std::chrono::ceil<milliseconds>(next - now);
    return std::max(wait, std::min(shortest_round, limits_.health_check_period));
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::wake_if_open() noexcept {
    if (wake_ && !closed_) {
        wake_();
    }
}

template <class Entry, class Clock>
std::chrono::nanoseconds pool_engine<Entry, Clock>::jittered_lifetime() const {
    const double share = random_between(0, 1) * limits_.lifetime_jitter;
    const std::chrono::duration<double, std::milli> life = limits_.max_lifetime;
    return std::chrono::duration_cast<std::chrono::nanoseconds>(life * (1 - share));
}

}  // namespace dsql::detail
