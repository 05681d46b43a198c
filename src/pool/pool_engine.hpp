// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>
#include <dsql/observer.hpp>
#include <dsql/pool_stat.hpp>
#include <dsql/source_location.hpp>

#include "base/backoff.hpp"
#include "base/fork_guard.hpp"
#include "pool/adaptive_mutex.hpp"
#include "pool/connect_threads.hpp"
#include "pool/hook_scope.hpp"
#include "pool/pool_limits.hpp"
#include "pool/pool_slot.hpp"
#include "pool/pool_waiter.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace dsql::detail {

/// The pool proper: who gets which connection, which are made and which are closed. Knows nothing
/// of DSQL, so that it can be tested with connections and a clock of the test's own. Safe from any
/// thread.
///
/// `Entry` derives from `pool_slot` and has `bool reusable() noexcept`, asked without any
/// lock when it comes back, `bool broken() noexcept`, and `bool closed_by_peer() noexcept`,
/// asked of idle ones without any lock. Its destructor closes the connection and runs without any
/// lock held.
///
/// Invariant: each of `entries_` is idle, on loan, or on its way to a waiter that was served.
/// `constructing_` counts those to come, each with a thread of its own.
///
/// Whatever runs out, no connection is lost: the lists have room for a connection before it is
/// begun, what is closed is linked through the connections themselves, and a thread that could not
/// be started is tried again by the maintenance.
template <class Entry, class Clock>
class pool_engine : public std::enable_shared_from_this<pool_engine<Entry, Clock>> {
public:
    using milliseconds = std::chrono::milliseconds;
    using entry_owner = std::unique_ptr<Entry>;

    /// Where connections come from.
    struct factory {
        /// Makes a connection or throws; gives up when told by the token. What it throws while
        /// `is_final` is set is final, whatever it is.
        std::function<entry_owner(const std::stop_token&, bool& is_final)> make;
        /// Whether what `make` threw otherwise may pass by itself, so that it is worth another try.
        std::function<bool(const std::exception&)> may_pass;
        /// Told of each further try. May be empty.
        std::function<void(const retry_event&)> retrying{};
    };

    /// `wake` is called, with a lock held, when `maintain` has something to do earlier than it
    /// said; never again once the pool has been closed.
    pool_engine(const pool_limits& limits, factory make, std::function<void()> wake)
        : limits_(limits), factory_(std::move(make)), wake_(std::move(wake)) {}

    ~pool_engine() {
        stopping_.request_stop();
        crew_.join();
    }
    pool_engine(const pool_engine&) = delete;
    pool_engine& operator=(const pool_engine&) = delete;

    /// A connection, idle, new or handed over. See `pool::acquire`. `before` is what an acquire of
    /// several rounds has done before this one.
    [[nodiscard]] Entry* acquire(const call_limits& limits = {}, const source_location& where = {},
                                 const acquire_history* before = nullptr) {
        require_own_process();
        if (!limits.stop().stop_requested()) {
            const auto now = Clock::now();
            const std::lock_guard lock(mutex_);
            if (!idle_.empty() && !closed_) {
                Entry* const entry = idle_.back();
                if (is_trusted(*entry, now)) {
                    idle_.pop_back();
                    return check_out(entry, now, where);
                }
            }
        }
        return acquire_slowly(limits, where, before);
    }

    /// Waits before another connection is asked for in place of a new one that its caller could
    /// not use and has sent back: from 10 ms doubling to 1 s as long as that happens, one caller at
    /// a time. `round` is when that connection was asked for. Throws as `acquire` does.
    void pause_after_unfit(const call_limits& limits, const source_location& where,
                           const acquire_history& before,
                           std::chrono::steady_clock::time_point round);

    /// A caller can use what it got: nobody need pause.
    void note_fit() noexcept {
        if (seen_unfit_.load(std::memory_order_relaxed)) [[unlikely]] {
            end_unfit();
        }
    }

    /// All idle connections that are young enough and up.
    [[nodiscard]] std::vector<Entry*> acquire_all_idle(const source_location& where = {});

    /// Takes a connection back, to be used again if it can be; returns whether it was kept.
    bool release(Entry* entry) noexcept { return give_back(entry, true); }

    /// Takes a connection back to be closed.
    void discard(Entry* entry) noexcept { give_back(entry, false); }

    /// Takes a connection on loan out of the pool.
    [[nodiscard]] entry_owner hijack(Entry* entry) noexcept;

    /// One round of maintenance: closes idle connections that are too old, hung up, or idle for too
    /// long and above the minimum, has missing ones connected and ageing ones replaced, and reports
    /// leaks. Returns how long the next may wait.
    /// Throws nothing but what `on_leak` throws.
    milliseconds maintain(const std::function<void(const source_location&, milliseconds)>& on_leak);

    /// See `pool::warm_up`. Until `until` on the steady clock.
    void warm_up(int connections, std::chrono::steady_clock::time_point until);

    /// See `pool::reset`.
    void reset() noexcept;

    [[nodiscard]] pool_stat stat() const {
        if (made_in_.is_in_child()) {
            return {};
        }
        const std::lock_guard lock(mutex_);
        return stat_locked();
    }

    /// Takes back a connection that was acquired and did not reach the caller, for it is dead or
    /// not what was wanted; `kept` puts it back.
    void reject(Entry* entry, bool kept, bool found_dead = false) noexcept {
        {
            const std::lock_guard lock(mutex_);
            --counters_.acquire_count;
            counters_.liveness_failures += found_dead ? 1 : 0;
        }
        give_back(entry, kept);
    }

    /// See `pool::close`. In a hook of this pool it waits for no thread.
    void close() noexcept;

    /// Waits until all connections on loan are back, after `close`; returns how many are not.
    [[nodiscard]] int await_loans(milliseconds timeout) noexcept;

    /// Throws `error` in a child of the process that the pool was made in.
    void require_own_process() const;

    /// Whether this is one.
    [[nodiscard]] bool is_in_child() const noexcept { return made_in_.is_in_child(); }

private:
    using waiter = pool_waiter<Entry, Clock>;
    using outcome = typename waiter::outcome;
    using lock_type = std::unique_lock<adaptive_mutex>;
    using wait_clock = std::chrono::steady_clock;
    using time_point = typename Clock::time_point;
    using closing = closing_list<Entry>;

    // Threads to be started for connects that are counted already. They are started when this goes,
    // or by `run`, which has to be without the pool's lock.
    class pending_starts {
    public:
        explicit pending_starts(pool_engine& pool) noexcept : pool_(pool) {}
        ~pending_starts() { run(); }
        pending_starts(const pending_starts&) = delete;
        pending_starts& operator=(const pending_starts&) = delete;

        // With the lock held. `replaces` is the id of the connection that the new one replaces, or
        // 0; one that is not 0 has to be the only one.
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
            keep_.reset();  // last: it may be what keeps the pool
        }

    private:
        pool_engine& pool_;
        int count_ = 0;
        std::uint64_t replaces_ = 0;
        std::shared_ptr<pool_engine> keep_{};
    };

    // A connection that was in use this short a time ago is taken to be up; one that was idle for
    // longer is looked at, which takes 10 times as long as all the rest.
    static constexpr milliseconds trusted_idle_time{500};
    // Who has waited for this long is not overtaken any more. Handing over always would make each
    // release a switch of threads, and the queue never dissolve; handing over never would let some
    // wait for ever.
    static constexpr milliseconds patience{4};
    // Lifetimes that leave less than this for connecting a replacement are for tests of lifetimes.
    static constexpr milliseconds shortest_lead{100};
    static constexpr milliseconds longest_lead{30'000};
    // Between rounds of maintenance, whatever falls due.
    static constexpr milliseconds shortest_round{100};
    // After a thread that could not be started: doubled with each, up to the longest.
    static constexpr milliseconds first_start_pause{10};
    static constexpr milliseconds longest_start_pause{1'000};

    // ------------------------------------------------------------------ acquire

    [[nodiscard]] bool is_trusted(const Entry& entry, time_point now) const noexcept {
        return now < entry.expires_at &&
               (!limits_.passive_check ||
                (now - entry.idle_since < trusted_idle_time && entry.idle_since > suspect_until_));
    }

    Entry* check_out(Entry* entry, time_point now, const source_location& where) noexcept {
        entry->in_use = true;
        entry->acquired_at = now;
        entry->acquired_from = where;
        ++counters_.acquire_count;
        return entry;
    }

    [[nodiscard]] Entry* acquire_slowly(const call_limits& limits, const source_location& where,
                                        const acquire_history* before);

    void refuse_one_too_many(const source_location& where);

    void refuse_wait_in_hook(const char* what) const;

    // Waits in the queue until served. Leaves the queue in any case.
    [[nodiscard]] Entry* wait_for_entry(waiter& self, const acquire_history& history,
                                        wait_clock::time_point until, const source_location& where,
                                        lock_type& lock, closing& leaving, pending_starts& starts);

    // Gives the wait up.
    void leave(waiter& self) noexcept;

    [[nodiscard]] wait_clock::time_point latest_end(const call_limits& limits,
                                                    wait_clock::time_point start) const {
        const auto latest = start + limits_.acquire_timeout;
        return limits.deadline() ? std::min(*limits.deadline(), latest) : latest;
    }

    void end_unfit() noexcept;

    // An idle connection that is young enough and up; the others are leaving. The lock is released
    // while a connection is looked at.
    [[nodiscard]] Entry* take_idle(lock_type& lock, closing& leaving) noexcept;

    // The same, and waits for what the maintenance is looking at just now.
    [[nodiscard]] Entry* take_idle_or_checked(lock_type& lock, closing& leaving) noexcept;

    // Whether a connection that was looked at may still be handed out or kept: the pool may have
    // been closed or reset meanwhile, or the connection replaced.
    [[nodiscard]] bool is_current(const Entry& entry, time_point now) const noexcept {
        return !closed_ && now < entry.expires_at && entry.successor == nullptr &&
               entry.generation == generation_;
    }

    // Idle connections, with the one that the maintenance is looking at.
    [[nodiscard]] int idle_count() const noexcept {
        return static_cast<int>(idle_.size()) + (is_checking_ ? 1 : 0);
    }

    // Puts a connection back to where it was among the idle ones, after a look at it.
    void put_back_idle(Entry* entry, time_point now) noexcept;

    // ------------------------------------------------------------------ release

    bool give_back(Entry* entry, bool wanted) noexcept {
        if (made_in_.is_in_child()) {
            return false;  // the parent's: not to be touched
        }
        const bool usable = wanted && entry->reusable();
        const auto now = Clock::now();
        if (usable) {
            const std::lock_guard lock(mutex_);
            if (!closed_ && now < entry->expires_at && entry->successor == nullptr &&
                entry->generation == generation_) {
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

    // One that comes back and is not kept.
    void close_returned(Entry* entry, bool usable, time_point now) noexcept;

    // Puts a connection where the next caller finds it, or gives it to who has waited too long.
    void offer(Entry* entry, time_point now) noexcept;

    void serve(Entry* entry) noexcept;

    // Has the first waiter look for an idle connection, unless it has been told already. Whoever
    // leaves the queue, for whatever reason, may have been told, and passes that on.
    void call_next() noexcept;

    // One connection broke: the others may have, too, and are looked at before they are used.
    void suspect_all(time_point now) noexcept;

    // Out of the list of all; its spare takes its place.
    [[nodiscard]] entry_owner take_out(Entry* entry) noexcept;

    void promote(Entry* successor) noexcept;

    // What is not on loan at the time of a reset or close.
    void move_out_idle(closing& leaving) noexcept;

    // ------------------------------------------------------------------ connecting

    // Connections that count: one on loan and the spare that waits to replace it are one.
    [[nodiscard]] int live() const noexcept { return static_cast<int>(entries_.size()) - spares_; }

    // How many more connects are wanted and allowed; less than zero when there are too many.
    [[nodiscard]] int connects_wanted() const noexcept;

    // Begins the connects that are wanted; their threads are for `starts` to start.
    void start_connects(pending_starts& starts) noexcept;

    // Begins to connect in place of `ageing`, if that is not null.
    bool start_connect(Entry* ageing, pending_starts& starts) noexcept;

    // Starts the thread of a connect that was begun; returns whether there is one. When there is
    // not, it and `others` more are given up.
    bool start_thread(std::uint64_t replaces, int others) noexcept;

    // Room for one connection more, so that its arrival and return cannot fail.
    void reserve_secure();

    // A thread could not be started: the maintenance tries again soon.
    void pause_starts(const char* why) noexcept;

    void remember_failure(const char* why) noexcept;

    void connect(std::uint64_t replaces) noexcept;

    // Waits out the pause after a failed connect; returns the number of resets so far, and nothing
    // when the pool is being closed.
    [[nodiscard]] std::optional<int> await_turn(std::uint64_t replaces) noexcept;

    void end_construction(std::uint64_t replaces) noexcept;

    [[nodiscard]] entry_owner make(bool& is_final);

    [[nodiscard]] bool may_pass(const std::exception& failure) const noexcept;

    void on_connected(entry_owner made, int generation, std::uint64_t replaces) noexcept;

    // Takes a new connection in; returns it.
    Entry* insert(entry_owner made) noexcept;

    // The connection whose replacement is there: closed now, or, if it is on loan, when it comes
    // back; the replacement is its spare until then. Returns whether it is.
    bool supersede(Entry* old, Entry* replacement, closing& leaving) noexcept;

    // The replacement of this connection will not come: it is closed at its time, without one.
    void forget_replacement(std::uint64_t id) noexcept;

    [[nodiscard]] Entry* find(std::uint64_t id) const noexcept;

    // Takes note of a failed connect; returns whether to try again. Called in a handler.
    [[nodiscard]] bool connect_again(const char* why, bool may_pass, wait_clock::time_point started,
                                     std::uint64_t replaces) noexcept;

    void report_retry(const retry_event& event) const noexcept;

    // Tells who waited for this connection: one caller, or all of them where there is no other
    // connection to hope for. The minimum is left alone for a while, so that nothing is hammered.
    void fail_for_good(const std::exception_ptr& failure) noexcept;

    // ------------------------------------------------------------------ maintenance

    // Looks at each idle connection, without the lock. Those that are closed are leaving.
    void close_dead_idle(closing& leaving) noexcept;

    void close_aged_idle(time_point now, closing& leaving) noexcept;

    // Begins to replace one connection that is old enough; returns whether there was one.
    bool replace_ageing(time_point now, pending_starts& starts) noexcept;

    using leak = std::pair<source_location, milliseconds>;

    // The first from `position` on that has not been reported; takes note that it is.
    [[nodiscard]] std::optional<leak> next_leak(time_point now, std::size_t& position) noexcept;

    [[nodiscard]] milliseconds time_to_next_round(time_point now) const noexcept;

    void wake_if_open() noexcept;

    [[nodiscard]] std::chrono::nanoseconds jittered_lifetime() const noexcept;

    // ------------------------------------------------------------------ errors and counts

    [[noreturn]] static void throw_closed();

    void throw_if_closed() const;

    // Counts it as well.
    [[noreturn]] void throw_timeout(const acquire_history& history, wait_clock::time_point until,
                                    const source_location& where);

    [[nodiscard]] std::string counts_and_failure() const;

    [[nodiscard]] pool_stat stat_locked() const noexcept;

    const pool_limits limits_;
    const factory factory_;
    const std::function<void()> wake_;
    const fork_guard made_in_;
    std::stop_source stopping_;

    mutable adaptive_mutex mutex_;  // guards all below but the last
    std::vector<entry_owner> entries_;
    std::vector<Entry*> idle_;  // used last at the back
    pool_waiter_queue<waiter> waiters_;
    int constructing_ = 0;
    int replacements_ = 0;  // of those constructing: for connections that are still there
    int spares_ = 0;        // replacements of connections that are still on loan
    int warm_target_ = 0;
    int warm_ups_ = 0;  // callers of warm_up
    int generation_ = 0;
    bool closed_ = false;
    std::uint64_t last_id_ = 0;
    time_point suspect_until_{};  // idle since earlier than this: looked at before it is used
    time_point minimum_paused_until_{};
    time_point start_again_at_{};  // no thread is started earlier
    int failed_starts_ = 0;        // since the last that succeeded
    time_point next_round_at_{};
    std::uint64_t round_ = 0;   // of maintenance
    bool is_checking_ = false;  // the maintenance is looking at a connection
    connect_backoff backoff_;
    connect_backoff unfit_backoff_;         // of new connections that their callers send back
    std::atomic<bool> seen_unfit_ = false;  // whether that has anything to end
    pool_stat counters_;                    // only what it counts; see stat_locked
    std::string last_connect_failure_;
    std::exception_ptr final_failure_;
    std::uint64_t final_failures_ = 0;
    std::condition_variable_any turn_;  // waits with a stop token, of the pool's or the caller's
    std::condition_variable_any grown_;
    std::condition_variable_any drained_;
    connect_threads crew_;  // last: its threads use the others
};

}  // namespace dsql::detail

// What its functions do.
#include "pool/pool_engine_acquire.hpp"
#include "pool/pool_engine_close.hpp"
#include "pool/pool_engine_connect.hpp"
#include "pool/pool_engine_maintenance.hpp"
#include "pool/pool_engine_release.hpp"
#include "pool/pool_engine_report.hpp"
