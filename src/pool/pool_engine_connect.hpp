// SPDX-License-Identifier: Apache-2.0
// Part of pool_engine.hpp: how connections are opened: how many, when a connect is retried, and
// which callers get its errors.
#pragma once

#include "pool/pool_engine.hpp"

namespace dsql::detail {

// The threads to start for connects that are already counted. `run`, which must be called without
// the pool's lock, starts them; otherwise the destructor does.
template <class Entry, class Clock>
class pool_engine<Entry, Clock>::pending_starts {
public:
    explicit pending_starts(pool_engine& pool) noexcept : pool_(pool) {}
    ~pending_starts() { run(); }
    pending_starts(const pending_starts&) = delete;
    pending_starts& operator=(const pending_starts&) = delete;

    // Adds one thread. Call it with the lock held. `replaces` is the id of the connection that the
    // new one replaces, or 0. A thread with an id must be the only one.
    void add(std::uint64_t replaces) {
        keep_ = pool_.shared_from_this();
        replaces_ = replaces;
        ++count_;
    }
    void run() noexcept {
        while (count_ > 0) {
            --count_;
            if (!pool_.start_thread(replaces_, count_)) {
                count_ = 0;
            }
        }
        keep_.reset();  // last, because it may be the last owner of the engine
    }

private:
    pool_engine& pool_;
    int count_ = 0;
    std::uint64_t replaces_ = 0;
    std::shared_ptr<pool_engine> keep_{};
};

/// One connect, as steps that never wait: for each attempt `reserve_turn`, at that time `begin`,
/// and then `succeeded` or `failed`. The engine must outlive it. A copy is the same connect. Not
/// thread-safe.
template <class Entry, class Clock>
class pool_engine<Entry, Clock>::connect_operation {
public:
    /// Returns when the next attempt may begin, because connects pause after a failure.
    [[nodiscard]] wait_clock::time_point reserve_turn() noexcept {
        const std::lock_guard lock(pool_.mutex_);
        return reserve_turn_locked();
    }

    /// Whether the attempt may begin at once, because another connect has succeeded meanwhile or
    /// the pool was closed.
    [[nodiscard]] bool may_begin_early() const noexcept {
        const std::lock_guard lock(pool_.mutex_);
        return may_begin_early_locked();
    }

    /// Begins an attempt. Returns false if the connect has ended because the pool was closed.
    [[nodiscard]] bool begin() noexcept {
        const std::lock_guard lock(pool_.mutex_);
        return begin_locked();
    }

    /// Ends the connect.
    void succeeded(entry_owner made) noexcept {
        pool_.on_connected(std::move(made), generation_, replaces_);
    }

    /// Ends an attempt, in a `catch` block. Returns whether there is to be another; otherwise the
    /// connect has ended.
    [[nodiscard]] bool failed(const char* why, bool is_transient) noexcept {
        return pool_.connect_again(why, is_transient, started_, replaces_);
    }

private:
    friend class pool_engine;

    connect_operation(pool_engine& pool, std::uint64_t replaces) noexcept
        : pool_(pool), replaces_(replaces) {}

    wait_clock::time_point reserve_turn_locked() noexcept {
        pool_.failed_starts_ = 0;  // this connect was started
        recoveries_ = pool_.backoff_.recoveries();
        return pool_.backoff_.reserve(wait_now());
    }

    [[nodiscard]] bool may_begin_early_locked() const noexcept {
        return pool_.closed_ || pool_.backoff_.recoveries() != recoveries_;
    }

    bool begin_locked() noexcept {
        if (pool_.closed_ || pool_.stopping_.stop_requested()) {
            pool_.end_construction(replaces_);
            return false;
        }
        generation_ = pool_.generation_;
        started_ = wait_now();
        return true;
    }

    pool_engine& pool_;
    std::uint64_t replaces_;  // the id of the connection that the new one replaces, or 0
    int generation_ = 0;      // the number of resets of the pool before the attempt
    std::uint64_t recoveries_ = 0;
    wait_clock::time_point started_{};
};

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::warm_up(int connections,
                                        std::chrono::steady_clock::time_point until) {
    require_own_process();
    throw_if_in_hook("warm_up");
    pending_starts starts(*this);
    std::unique_lock lock(mutex_);
    throw_if_closed();
    warm_target_ = std::max(warm_target_, connections);
    ++warm_ups_;
    const std::uint64_t failures = final_failures_;
    start_connects(starts);
    lock.unlock();
    starts.run();
    lock.lock();
    const bool ended = grown_.wait_until(lock, until, [&] {
        return closed_ || live() >= connections || final_failures_ != failures;
    });
    if (--warm_ups_ == 0) {
        warm_target_ = 0;
    }
    throw_if_closed();
    if (live() >= connections) {
        return;
    }
    if (ended) {
        std::rethrow_exception(final_failure_);
    }
    throw timeout_error("warm_up: " + std::to_string(live()) + " of " +
                        std::to_string(connections) + " connections were made in time" +
                        counts_and_failure());
}

template <class Entry, class Clock>
int pool_engine<Entry, Clock>::connects_wanted() const noexcept {
    const int idle = idle_count();
    const int pending = constructing_ - replacements_;
    int wanted = std::max(waiters_.size() - idle, warm_target_ - live());
    if (Clock::now() >= minimum_paused_until_) {
        wanted = std::max({wanted, waiters_.size() - idle + limits_.min_idle_connections,
                           limits_.min_connections - live()});
    }
    return std::min(wanted, limits_.max_connections - live()) - pending;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::start_connects(pending_starts& starts) noexcept {
    while (!closed_ && constructing_ < limits_.max_concurrent_connects && connects_wanted() > 0) {
        if (!start_connect(nullptr, starts)) {
            return;
        }
    }
}

template <class Entry, class Clock>
bool pool_engine<Entry, Clock>::start_connect(Entry* ageing, pending_starts& starts) noexcept {
    if (Clock::now() < start_again_at_) {
        return false;
    }
    try {
        reserve_slot();
    } catch (const std::exception& failure) {
        pause_starts(failure.what());
        return false;
    }
    starts.add(ageing == nullptr ? 0 : ageing->id);
    ++constructing_;
    if (ageing != nullptr) {
        ++replacements_;
        ageing->replaced = true;
    }
    return true;
}

template <class Entry, class Clock>
bool pool_engine<Entry, Clock>::start_thread(std::uint64_t replaces, int others) noexcept {
    const char* why = "";
    std::exception_ptr failed;
    try {
        connect_operation connecting(*this, replaces);
        if (factory_.run) {
            factory_.run(connecting);
        } else {
            connect_threads_.run([this, connecting] { run_connect(connecting); });
        }
        return true;
    } catch (const std::exception& failure) {
        failed = std::current_exception();  // keeps `why` valid
        why = failure.what();
    }
    const std::lock_guard lock(mutex_);
    constructing_ -= others;
    end_construction(replaces);
    if (Entry* const ageing = find(replaces)) {
        ageing->replaced = false;
    }
    if (!closed_) {
        pause_starts(why);
    }
    return false;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::reserve_slot() {
    const std::size_t wanted = entries_.size() + static_cast<std::size_t>(constructing_) + 1;
    if (entries_.capacity() < wanted) {
        entries_.reserve(std::max(wanted, 2 * entries_.capacity()));
    }
    idle_.reserve(entries_.capacity());
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::pause_starts(const char* why) noexcept {
    // The pause doubles with each failure, up to the longest.
    constexpr milliseconds first_start_pause{10};
    constexpr milliseconds longest_start_pause{1'000};
    ++counters_.connect_errors;
    remember_failure(why);
    const auto pause = first_start_pause * (1 << std::min(failed_starts_++, 7));
    start_again_at_ = Clock::now() + std::min(pause, longest_start_pause);
    wake_if_open();
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::remember_failure(const char* why) noexcept {
    try {
        last_connect_failure_ = why;
    } catch (...) {
        last_connect_failure_.clear();  // memory has run out; only messages use the text
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::run_connect(connect_operation connecting) noexcept {
    while (await_turn(connecting)) {
        bool is_final = false;
        try {
            connecting.succeeded(make(is_final));
            return;
        } catch (const std::exception& failure) {
            if (!connecting.failed(failure.what(), !is_final && is_transient(failure))) {
                return;
            }
        } catch (...) {
            if (!connecting.failed("unknown error", false)) {
                return;
            }
        }
    }
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::make(bool& is_final) -> entry_owner {
    const hook_scope hooks(this);
    return factory_.make(stopping_.get_token(), is_final);
}

template <class Entry, class Clock>
bool pool_engine<Entry, Clock>::is_transient(const std::exception& failure) const noexcept {
    try {
        return factory_.is_transient(failure);
    } catch (...) {
        return false;
    }
}

template <class Entry, class Clock>
bool pool_engine<Entry, Clock>::await_turn(connect_operation& connecting) noexcept {
    lock_type lock(mutex_);
    const auto at = connecting.reserve_turn_locked();
    turn_.wait_until(lock, stopping_.get_token(), at,
                     [&] { return connecting.may_begin_early_locked(); });
    return connecting.begin_locked();
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::end_construction(std::uint64_t replaces) noexcept {
    --constructing_;
    if (find(replaces) != nullptr) {
        --replacements_;
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::on_connected(entry_owner made, int generation,
                                             std::uint64_t replaces) noexcept {
    closing leaving;  // declared before the lock, so that it closes connections after the unlock
    pending_starts starts(*this);
    const std::lock_guard lock(mutex_);
    end_construction(replaces);
    ++counters_.new_connections_count;
    last_connect_failure_.clear();
    backoff_.succeeded();
    turn_.notify_all();
    if (closed_ || generation != generation_) {
        forget_replacement(replaces);
        leaving.push(std::move(made));
    } else {
        Entry* const entry = insert(std::move(made));
        Entry* const old = find(replaces);
        if (old == nullptr || !supersede(old, entry, leaving)) {
            waiters_.empty() ? idle_.push_back(entry) : serve(entry);
        }
    }
    grown_.notify_all();
    start_connects(starts);
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::insert(entry_owner made) noexcept -> Entry* {
    // If there is less time than this to connect a replacement, none is made. Only tests use such
    // short lifetimes.
    constexpr milliseconds shortest_lead{100};
    constexpr milliseconds longest_lead{30'000};
    Entry* const entry = made.get();
    const auto now = Clock::now();
    const auto life = jittered_lifetime();
    const auto lead = std::min<std::chrono::nanoseconds>(life / 10, longest_lead);
    entry->owner = this;
    entry->id = ++last_id_;
    entry->generation = generation_;
    entry->expires_at = now + life;
    entry->replace_at = lead < shortest_lead ? time_point::max() : now + life - lead;
    entry->idle_since = now;
    entry->position = entries_.size();
    entries_.push_back(std::move(made));  // cannot throw: the capacity is reserved
    if (std::min(entry->expires_at, entry->replace_at) < next_round_at_) {
        wake_if_open();
    }
    return entry;
}

template <class Entry, class Clock>
bool pool_engine<Entry, Clock>::supersede(Entry* old, Entry* replacement,
                                          closing& leaving) noexcept {
    const auto idle = std::find(idle_.begin(), idle_.end(), old);
    if (idle == idle_.end()) {
        old->expires_at = Clock::now();
        old->successor = replacement;
        replacement->is_successor = true;
        ++successors_;
        return true;
    }
    ++counters_.max_lifetime_destroy_count;
    idle_.erase(idle);
    old->replaced = false;
    leaving.push(take_out(old));
    return false;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::forget_replacement(std::uint64_t id) noexcept {
    if (Entry* const old = find(id)) {
        old->replaced = false;
        old->replace_at = time_point::max();
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::postpone_replacement(std::uint64_t id) noexcept {
    // With less time than this until the end of the lifetime, no further attempt is made.
    constexpr milliseconds shortest_rest{1'000};
    Entry* const old = find(id);
    if (old == nullptr) {
        return;
    }
    const auto now = Clock::now();
    const auto rest = old->expires_at - now;
    old->replaced = false;
    old->replace_at = rest < shortest_rest
                          ? time_point::max()
                          : now + std::chrono::duration_cast<typename Clock::duration>(
                                      rest * uniform_real(0.25, 0.75));
    if (old->replace_at < next_round_at_) {
        wake_if_open();
    }
}

template <class Entry, class Clock>
auto pool_engine<Entry, Clock>::find(std::uint64_t id) const noexcept -> Entry* {
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [id](const entry_owner& entry) { return entry->id == id; });
    return id == 0 || found == entries_.end() ? nullptr : found->get();
}

template <class Entry, class Clock>
bool pool_engine<Entry, Clock>::connect_again(const char* why, bool is_transient,
                                              wait_clock::time_point started,
                                              std::uint64_t replaces) noexcept {
    retry_event event{.operation = retried_operation::connect, .reason = why};
    {
        pending_starts starts(*this);
        const std::lock_guard lock(mutex_);
        if (closed_) {
            end_construction(replaces);
            return false;
        }
        ++counters_.connect_errors;
        remember_failure(why);
        if (is_transient) {
            backoff_.failed(started, wait_now());
        }
        if (!is_transient || replaces != 0 || connects_wanted() < 0) {
            end_construction(replaces);
            is_transient ? postpone_replacement(replaces) : forget_replacement(replaces);
            if (!is_transient && replaces == 0) {
                fail_waiters(std::current_exception());
            }
            start_connects(starts);
            return false;
        }
        event.attempt = backoff_.failures();
        event.wait = backoff_.pause();
    }
    report_retry(event);
    return true;
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::report_retry(const retry_event& event) const noexcept {
    if (!factory_.retrying) {
        return;
    }
    const hook_scope hooks(this);
    try {
        factory_.retrying(event);
    } catch (...) {
        return;  // no caller on this thread could handle the exception
    }
}

template <class Entry, class Clock>
void pool_engine<Entry, Clock>::fail_waiters(const std::exception_ptr& failure) noexcept {
    minimum_paused_until_ = Clock::now() + limits_.health_check_period;
    warm_target_ = 0;
    ++final_failures_;
    final_failure_ = failure;
    grown_.notify_all();
    while (!waiters_.empty()) {
        waiter& failed = waiters_.pop(outcome::failed);
        failed.failure = failure;
        failed.woken_by.wake();
        call_next();
        if (!entries_.empty() || constructing_ > 0) {
            break;
        }
    }
}

}  // namespace dsql::detail
