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

/// The logic of a pool: it decides which caller gets which connection, when connections are opened
/// and when they are closed. It is independent of DSQL, so that tests can supply fake connections
/// and a fake clock. Thread-safe.
///
/// `Clock` measures lifetimes and idle times. Waits use `std::chrono::steady_clock`. A simulated
/// clock with a function `wait_now`, which returns a time of the latter, supplies that time too.
///
/// `Entry` derives from `pool_slot` and has three functions: `bool reusable() noexcept`, called
/// without a lock when a connection is released; `bool broken() noexcept`; and `bool
/// closed_by_peer() noexcept`, called without a lock for idle connections. Its destructor closes
/// the connection and runs without a lock.
///
/// Invariant: each of `entries_` is idle, in use, being checked, a successor, or handed over to a
/// waiter that has not taken it yet. `constructing_` counts the connections that are being opened,
/// each on its own thread.
///
/// No connection is lost when memory or threads run out. The lists have room for a connection
/// before its connect begins. Connections to close are linked through themselves. A thread that
/// could not be started is started later by the maintenance.
template <class Entry, class Clock>
class pool_engine : public std::enable_shared_from_this<pool_engine<Entry, Clock>> {
public:
    using milliseconds = std::chrono::milliseconds;
    using entry_owner = std::unique_ptr<Entry>;

    class connect_operation;

    /// The functions that open connections.
    struct factory {
        /// Opens a connection or throws; ends early when a stop is requested. An exception that is
        /// thrown while `is_final` is set is never retried.
        std::function<entry_owner(const std::stop_token&, bool& is_final)> make;
        /// Whether any other exception of `make` is transient, so that a retry is worthwhile.
        std::function<bool(const std::exception&)> is_transient;
        /// Called before each retry. May be empty.
        std::function<void(const retry_event&)> retrying{};
        /// If not empty, it runs the connects, and the pool starts no threads for them. `make` is
        /// not called then. For simulations.
        std::function<void(connect_operation)> run{};
    };

    /// `wake` is called, with a lock held, when `maintain` must run earlier than it returned. It is
    /// never called after the pool has been closed.
    pool_engine(const pool_limits& limits, factory make, std::function<void()> wake)
        : limits_(limits), factory_(std::move(make)), wake_(std::move(wake)) {}

    ~pool_engine() {
        stopping_.request_stop();
        connect_threads_.close();
    }
    pool_engine(const pool_engine&) = delete;
    pool_engine& operator=(const pool_engine&) = delete;

    /// Returns an idle connection, a new one, or one that another caller released. See
    /// `pool::acquire`. `before` holds the earlier rounds of an acquire that takes several.
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

    class acquire_operation;

    /// Waits before the caller acquires again after it had to reject a new connection. The delays
    /// double from 10 ms to 1 s as long as new connections are rejected, and callers take turns.
    /// `round` is the time at which the rejected connection was acquired. Throws what `acquire`
    /// throws.
    void delay_after_unfit(const call_limits& limits, const source_location& where,
                           const acquire_history& before,
                           std::chrono::steady_clock::time_point round);

    /// The same for a caller that has no thread to wait on: returns when it may acquire again.
    [[nodiscard]] std::chrono::steady_clock::time_point turn_after_unfit(
        std::chrono::steady_clock::time_point round);

    /// Runs `work`, which must not throw, on a thread of the pool, for a caller that must not
    /// block. Throws `std::system_error` if no thread can be started, and `std::bad_alloc`.
    void run_elsewhere(std::function<void()> work) { connect_threads_.run(std::move(work)); }

    /// Records that a caller can use its connection, which ends the delays of `delay_after_unfit`.
    void note_fit() noexcept {
        if (seen_unfit_.load(std::memory_order_relaxed)) [[unlikely]] {
            end_unfit();
        }
    }

    /// Acquires all idle connections that have not expired and are still open.
    [[nodiscard]] std::vector<Entry*> acquire_all_idle(const source_location& where = {});

    /// Takes a connection back and keeps it if it can be reused. Returns whether it was kept.
    bool release(Entry* entry) noexcept { return give_back(entry, true); }

    /// Takes a connection back and closes it.
    void discard(Entry* entry) noexcept { give_back(entry, false); }

    /// Removes a connection in use from the pool.
    [[nodiscard]] entry_owner hijack(Entry* entry) noexcept;

    /// Runs one round of maintenance. It closes idle connections that have expired, that the server
    /// has closed, or that were idle for too long and exceed the minimum. It opens missing
    /// connections, replaces aging ones and reports leaks. Returns the time until the next round.
    /// Throws only what `on_leak` throws.
    milliseconds maintain(const std::function<void(const source_location&, milliseconds)>& on_leak);

    /// See `pool::warm_up`. Waits until `until` at most.
    void warm_up(int connections, std::chrono::steady_clock::time_point until);

    /// See `pool::reset`.
    void reset() noexcept;

    [[nodiscard]] pool_stat stat() const;

    /// Takes back a connection that was acquired and did not reach the caller, and uncounts the
    /// acquire. `kept` puts it back into the pool if it is reusable; otherwise it is closed.
    /// `found_dead` counts a failed liveness check.
    void reject(Entry* entry, bool kept, bool found_dead = false) noexcept;

    /// See `pool::close`. Does not wait for threads when it is called in a hook of this pool.
    void close() noexcept;

    /// Waits, after `close`, until all connections in use have been returned. Returns how many have
    /// not.
    [[nodiscard]] int wait_until_returned(milliseconds timeout) noexcept;

    /// Throws `error` in a child process that was forked after the pool was made.
    void require_own_process() const;

    /// Whether this process was forked after the pool was made.
    [[nodiscard]] bool is_in_child() const noexcept { return made_in_.is_in_child(); }

private:
    using waiter = pool_waiter<Entry, Clock>;
    using outcome = typename waiter::outcome;
    using lock_type = std::unique_lock<adaptive_mutex>;
    using wait_clock = std::chrono::steady_clock;
    using time_point = typename Clock::time_point;
    using closing = closing_list<Entry>;

    class pending_starts;

    // The time of waits.
    [[nodiscard]] static wait_clock::time_point wait_now() noexcept {
        if constexpr (requires { Clock::wait_now(); }) {
            return Clock::wait_now();
        } else {
            return wait_clock::now();
        }
    }

    // A connection that was in use this recently is assumed to be open. A connection that was idle
    // for longer is checked first, which takes 10 times as long as the rest of an acquire.
    static constexpr milliseconds trusted_idle_time{500};

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

    void throw_if_queue_full(const source_location& where);

    void throw_if_in_hook(const char* what) const;

    [[nodiscard]] wait_clock::time_point latest_end(const call_limits& limits,
                                                    wait_clock::time_point start) const;

    // Records a new connection that its caller rejected. Returns when the next may be acquired.
    [[nodiscard]] wait_clock::time_point reserve_after_unfit(wait_clock::time_point round);

    void end_unfit() noexcept;

    // Returns an idle connection that has not expired and is open, or null. Moves unusable ones to
    // `leaving`. Releases the lock while it checks a connection.
    [[nodiscard]] Entry* take_idle(lock_type& lock, closing& leaving) noexcept;

    // Like `take_idle`. If no connection is idle but the maintenance thread is checking one, waits
    // for the result of that check.
    [[nodiscard]] Entry* take_idle_or_checked(lock_type& lock, closing& leaving) noexcept;

    // Whether a connection may still be handed out or kept after it was checked without the lock.
    // Meanwhile the pool may have been closed or reset, or the connection replaced.
    [[nodiscard]] bool is_current(const Entry& entry, time_point now) const noexcept {
        return !closed_ && now < entry.expires_at && entry.successor == nullptr &&
               entry.generation == generation_;
    }

    // The number of idle connections, including the one that the maintenance thread is checking.
    [[nodiscard]] int idle_count() const noexcept {
        return static_cast<int>(idle_.size()) + (is_checking_ ? 1 : 0);
    }

    // ------------------------------------------------------------------ release

    bool give_back(Entry* entry, bool wanted) noexcept;

    // Removes and closes a released connection that is not kept.
    void close_returned(Entry* entry, bool usable, time_point now) noexcept;

    // Decides which caller gets a connection that has become free. The rule is at the definition.
    void offer(Entry* entry, time_point now) noexcept;

    void make_idle(Entry* entry) noexcept;

    void serve(Entry* entry) noexcept;

    // Wakes the first waiter, so that it looks for an idle connection, unless it has been woken
    // already. A waiter that leaves the queue may have been woken, so it calls this for the next
    // one.
    void call_next() noexcept;

    // After one connection broke, makes every idle connection be checked before its next use.
    void suspect_all(time_point now) noexcept;

    // Removes a connection from `entries_`. Its successor, if it has one, becomes idle.
    [[nodiscard]] entry_owner take_out(Entry* entry) noexcept;

    // Makes a successor count as a connection of its own.
    void end_succession(Entry* successor) noexcept;

    // Moves all connections that are not in use to `leaving`, for a reset or close.
    void move_out_idle(closing& leaving) noexcept;

    // ------------------------------------------------------------------ connecting

    // The number of connections that count towards the limits. A connection in use and the
    // successor that waits to replace it count as one.
    [[nodiscard]] int live() const noexcept {
        return static_cast<int>(entries_.size()) - successors_;
    }

    // Returns the number of connects to start now. Negative if more are in progress than are
    // wanted.
    [[nodiscard]] int connects_wanted() const noexcept;

    // Counts the connects that are wanted, and adds their threads to `starts`.
    void start_connects(pending_starts& starts) noexcept;

    // Counts one connect, which replaces `ageing` unless that is null, and adds its thread to
    // `starts`. Returns false if no connect can start now.
    bool start_connect(Entry* ageing, pending_starts& starts) noexcept;

    // Starts the thread of a connect that is already counted, and returns whether that succeeded.
    // If it fails, neither this connect nor `others` further ones are counted any more.
    bool start_thread(std::uint64_t replaces, int others) noexcept;

    // Reserves room for one more connection in the lists, so that neither its arrival nor its
    // return can fail.
    void reserve_slot();

    // Records that a connect could not be started. The maintenance tries again after a pause.
    void pause_starts(const char* why) noexcept;

    void remember_failure(const char* why) noexcept;

    // Runs the connect until it succeeds or is given up.
    void run_connect(connect_operation connecting) noexcept;

    // Waits for the turn of the next attempt. Returns false if the pool is being closed.
    [[nodiscard]] bool await_turn(connect_operation& connecting) noexcept;

    void end_construction(std::uint64_t replaces) noexcept;

    [[nodiscard]] entry_owner make(bool& is_final);

    [[nodiscard]] bool is_transient(const std::exception& failure) const noexcept;

    void on_connected(entry_owner made, int generation, std::uint64_t replaces) noexcept;

    // Adds a new connection to `entries_` and returns it.
    Entry* insert(entry_owner made) noexcept;

    // Replaces `old` by `replacement`, which is now connected. Closes `old` at once if it is idle.
    // If it is in use, it is closed when it is released, and the replacement is its successor until
    // then. Returns true in the second case.
    bool supersede(Entry* old, Entry* replacement, closing& leaving) noexcept;

    // Records that the replacement of a connection could not be made. The connection will be closed
    // at the end of its lifetime without one.
    void forget_replacement(std::uint64_t id) noexcept;

    // The same after a transient error: if the lifetime is long enough, there will be another
    // attempt.
    void postpone_replacement(std::uint64_t id) noexcept;

    [[nodiscard]] Entry* find(std::uint64_t id) const noexcept;

    // Records a failed connect and returns whether to retry it. Called in a `catch` block.
    [[nodiscard]] bool connect_again(const char* why, bool is_transient,
                                     wait_clock::time_point started,
                                     std::uint64_t replaces) noexcept;

    void report_retry(const retry_event& event) const noexcept;

    // Passes a permanent connect error to the first waiter, or to all waiters if there is no other
    // connection to wait for. Then opens no connections for the minimum (see `connects_wanted`)
    // during `health_check_period`, so that a failing endpoint is not flooded with connects.
    void fail_waiters(const std::exception_ptr& failure) noexcept;

    // ------------------------------------------------------------------ maintenance

    // Checks each idle connection without the lock. Moves the closed ones to `leaving`.
    void close_dead_idle(closing& leaving) noexcept;

    void close_aged_idle(time_point now, closing& leaving) noexcept;

    // Starts to replace one connection that is old enough. Returns whether there was one.
    bool replace_ageing(time_point now, pending_starts& starts) noexcept;

    using leak = std::pair<source_location, milliseconds>;

    // Returns the first leak from `position` on that has not been reported, and marks it as
    // reported.
    [[nodiscard]] std::optional<leak> next_leak(time_point now, std::size_t& position) noexcept;

    [[nodiscard]] milliseconds time_to_next_round(time_point now) const noexcept;

    void wake_if_open() noexcept;

    [[nodiscard]] std::chrono::nanoseconds jittered_lifetime() const noexcept;

    // ------------------------------------------------------------------ errors and counts

    [[noreturn]] static void throw_closed();

    void throw_if_closed() const;

    // Also counts the timeout.
    [[noreturn]] void throw_timeout(const acquire_history& history, wait_clock::time_point until,
                                    const source_location& where);

    [[nodiscard]] std::string counts_and_failure() const;

    [[nodiscard]] pool_stat stat_locked() const noexcept;

    const pool_limits limits_;
    const factory factory_;
    const std::function<void()> wake_;
    const fork_guard made_in_;
    std::stop_source stopping_;

    mutable adaptive_mutex mutex_;  // guards all members below except the last
    std::vector<entry_owner> entries_;
    std::vector<Entry*> idle_;  // ordered by last use; the most recent one is at the back
    pool_waiter_queue<waiter> waiters_;
    int constructing_ = 0;
    int replacements_ = 0;  // how many of constructing_ replace a connection that still exists
    int successors_ = 0;    // how many of entries_ are successors of connections in use
    int warm_target_ = 0;
    int warm_ups_ = 0;  // how many calls of warm_up are waiting
    int generation_ = 0;
    bool closed_ = false;
    std::uint64_t last_id_ = 0;
    time_point suspect_until_{};  // connections idle since before this are checked before use
    time_point minimum_paused_until_{};
    time_point start_again_at_{};  // no thread is started earlier
    int failed_starts_ = 0;        // since the last one that succeeded
    time_point next_round_at_{};
    std::uint64_t round_ = 0;   // the number of the current round of maintenance
    bool is_checking_ = false;  // whether the maintenance thread is checking a connection
    connect_backoff backoff_;
    connect_backoff unfit_backoff_;         // for new connections that callers reject
    std::atomic<bool> seen_unfit_ = false;  // whether unfit_backoff_ has recorded a failure
    pool_stat counters_;                    // only those that never decrease; see stat_locked
    std::string last_connect_failure_;
    std::exception_ptr final_failure_;
    std::uint64_t final_failures_ = 0;
    std::condition_variable_any turn_;  // supports waits with a stop token
    std::condition_variable_any grown_;
    std::condition_variable_any drained_;
    connect_threads connect_threads_;  // last: its threads use the other members
};

}  // namespace dsql::detail

// The definitions of the member functions.
#include "pool/pool_engine_acquire.hpp"
#include "pool/pool_engine_close.hpp"
#include "pool/pool_engine_connect.hpp"
#include "pool/pool_engine_maintenance.hpp"
#include "pool/pool_engine_release.hpp"
#include "pool/pool_engine_report.hpp"
