// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/pool.hpp>

#include "pool/pool_waiter.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace dsql::detail {

template <class Entry, class Clock>
class pool_engine;

/// What the pool keeps beside each connection. Guarded by the pool's mutex, except while the
/// connection is on loan.
template <class Entry, class Clock>
struct pool_entry_base {
    pool_engine<Entry, Clock>* owner = nullptr;
    /// Set when the pool is closed while the connection is on loan: keeps the engine alive until it
    /// comes back, at no cost before.
    std::shared_ptr<pool_engine<Entry, Clock>> keep_owner{};
    typename Clock::time_point expires_at{};
    typename Clock::time_point idle_since{};
};

/// The limits of `pool_options`, worked out.
struct pool_limits {
    int max_connections = 4;
    int min_connections = 0;
    std::chrono::milliseconds max_lifetime{};
    double lifetime_jitter = 0;
    std::chrono::milliseconds max_idle_time{};
    std::chrono::milliseconds health_check_period{};
    std::chrono::milliseconds acquire_timeout{};
};

/// The pool proper: who gets which connection, and which are closed. Knows nothing of DSQL, so that
/// it can be tested with connections and a clock of the test's own. Safe from any thread.
///
/// `Entry` derives from `pool_entry_base` and has `bool reusable() noexcept`, asked without any
/// lock when it comes back, and `bool hung_up() noexcept`, asked of idle ones. Its destructor
/// closes the connection and runs without any lock held.
///
/// Invariant: a connection slot (`total_`) is idle, on loan, or being constructed by exactly one
/// thread; whoever gives one up passes it to the first waiter.
template <class Entry, class Clock>
class pool_engine : public std::enable_shared_from_this<pool_engine<Entry, Clock>> {
public:
    using milliseconds = std::chrono::milliseconds;
    using entry_owner = std::unique_ptr<Entry>;
    /// Makes a connection within the time given, or throws.
    using factory = std::function<entry_owner(milliseconds, const std::stop_token&)>;

    /// `shortage` is called, with a lock held, when a connection that comes back is closed and now
    /// missing to the minimum; never again once the pool has been closed.
    pool_engine(const pool_limits& limits, factory make, std::function<void()> shortage)
        : limits_(limits), make_(std::move(make)), shortage_(std::move(shortage)) {
        entries_.reserve(static_cast<std::size_t>(limits.max_connections));
        idle_.reserve(static_cast<std::size_t>(limits.max_connections));
    }

    /// A connection, idle, new or handed over, until the deadline and within `acquire_timeout`. See
    /// `pool::acquire`.
    [[nodiscard]] Entry* acquire(
        const std::optional<std::chrono::steady_clock::time_point>& deadline = {}) {
        {
            const std::lock_guard lock(mutex_);
            if (Entry* const entry = pop_fresh_idle()) {
                return entry;
            }
        }
        return acquire_slowly(deadline);
    }

    /// Takes a connection back.
    void release(Entry* entry) noexcept {
        if (!put_back(entry)) {
            drop(entry, shortage_);
        }
    }

    /// One round of maintenance: closes idle connections that are too old, hung up, or idle for too
    /// long and above the minimum, then connects up to the minimum.
    void maintain(const std::stop_token& stop) {
        close_unfit_idle();
        while (!stop.stop_requested() && construct_for_minimum(stop)) {
        }
    }

    [[nodiscard]] pool_stat stat() const {
        const std::lock_guard lock(mutex_);
        return stat_locked();
    }

    /// See `pool::close`.
    void close() noexcept {
        stopping_.request_stop();
        std::vector<entry_owner> closing;
        {
            const std::lock_guard lock(mutex_);
            closed_ = true;
            while (!waiters_.empty()) {
                waiters_.serve(outcome::closed);
            }
            closing.reserve(idle_.size());
            for (Entry* const entry : idle_) {
                closing.push_back(take_out(entry));
                --total_;
            }
            idle_.clear();
            for (const entry_owner& on_loan : entries_) {
                on_loan->keep_owner = this->shared_from_this();
            }
        }
    }

private:
    using waiter = pool_waiter<Entry>;
    using outcome = typename waiter::outcome;
    using lock_type = std::unique_lock<std::mutex>;
    using wait_clock = std::chrono::steady_clock;

    // A connection that was in use this short a time ago is taken to be up; one that was idle for
    // longer is looked at, which takes 10 times as long as all the rest.
    static constexpr std::chrono::milliseconds trusted_idle_time{500};

    // The fast path. Those who wait go first: there is no idle connection while anyone waits.
    [[nodiscard]] Entry* pop_fresh_idle() noexcept {
        if (idle_.empty() || closed_) {
            return nullptr;
        }
        Entry* const entry = idle_.back();
        const auto now = Clock::now();
        if (now >= entry->expires_at || now - entry->idle_since >= trusted_idle_time) {
            return nullptr;
        }
        idle_.pop_back();
        return entry;
    }

    [[nodiscard]] Entry* acquire_slowly(const std::optional<wait_clock::time_point>& deadline) {
        const auto start = wait_clock::now();
        const auto latest = start + limits_.acquire_timeout;
        const auto until = deadline ? std::min(*deadline, latest) : latest;
        std::vector<entry_owner> expired;  // declared before the lock: closed without it
        lock_type lock(mutex_);
        throw_if_closed();
        Entry* const fresh = pop_idle(expired);
        if (fresh != nullptr) {
            return fresh;
        }
        if (waiters_.empty() && total_ < limits_.max_connections) {
            ++total_;
            ++constructing_;
            lock.unlock();
            expired.clear();  // before the new one is there: never more than the maximum
            return construct_until(until);
        }
        return wait_until(start, until, lock);
    }

    // An idle connection that is young enough and up; the others go to `expired`.
    [[nodiscard]] Entry* pop_idle(std::vector<entry_owner>& expired) {
        expired.reserve(idle_.size());
        while (!idle_.empty()) {
            Entry* const entry = idle_.back();
            idle_.pop_back();
            if (Clock::now() < entry->expires_at && !entry->hung_up()) {
                return entry;
            }
            expired.push_back(take_out(entry));
            --total_;
        }
        return nullptr;
    }

    [[nodiscard]] Entry* wait_until(wait_clock::time_point start, wait_clock::time_point until,
                                    lock_type& lock) {
        waiter self;
        waiters_.push(self);
        const bool served = self.changed.wait_until(
            lock, until, [&self] { return self.state != outcome::waiting; });
        if (!served) {
            waiters_.remove(self);
            throw_timeout(std::chrono::ceil<milliseconds>(until - start));
        }
        if (self.state == outcome::entry) {
            return self.entry;
        }
        if (self.state == outcome::closed) {
            throw_if_closed();
        }
        lock.unlock();
        return construct_until(until);
    }

    // Connects on the caller's thread. The slot has been counted already.
    [[nodiscard]] Entry* construct_until(wait_clock::time_point until) {
        const auto left = std::chrono::ceil<milliseconds>(until - wait_clock::now());
        entry_owner made = construct(std::max(left, milliseconds(1)), stopping_.get_token());
        Entry* const entry = made.get();
        bool closed = false;
        {
            const std::lock_guard lock(mutex_);
            add(std::move(made));
            closed = closed_;
        }
        if (closed) {
            drop(entry, {});
            throw_closed();
        }
        return entry;
    }

    // A new connection; gives the slot up, to the next waiter, when it fails.
    [[nodiscard]] entry_owner construct(milliseconds budget, const std::stop_token& stop) {
        try {
            entry_owner made = make_(budget, stop);
            made->owner = this;
            made->expires_at = Clock::now() + jittered_lifetime();
            return made;
        } catch (const std::exception& failure) {
            give_up_construction(failure.what());
            if (stopping_.stop_requested()) {
                throw_closed();
            }
            throw;
        } catch (...) {
            give_up_construction("unknown error");
            throw;
        }
    }

    void give_up_construction(const char* why) {
        const std::lock_guard lock(mutex_);
        --constructing_;
        --total_;
        offer_slot();
        last_connect_failure_ = why;
    }

    // Takes a constructed connection in, as one on loan.
    void add(entry_owner made) {
        --constructing_;
        last_connect_failure_.clear();
        if (closed_) {
            made->keep_owner = this->shared_from_this();
        }
        entries_.push_back(std::move(made));
    }

    // Keeps a connection that comes back, or hands it to the first waiter; returns false for one
    // that has to be closed.
    [[nodiscard]] bool put_back(Entry* entry) noexcept {
        const auto now = Clock::now();
        if (!entry->reusable() || now >= entry->expires_at) {
            return false;
        }
        const std::lock_guard lock(mutex_);
        if (closed_) {
            return false;
        }
        entry->idle_since = now;
        if (waiters_.empty()) {
            idle_.push_back(entry);  // never grows past the capacity reserved
        } else {
            waiters_.serve(outcome::entry, entry);
        }
        return true;
    }

    // Lets the first waiter make a connection when there is room for one.
    void offer_slot() noexcept {
        if (!waiters_.empty() && !closed_ && total_ < limits_.max_connections) {
            ++total_;
            ++constructing_;
            waiters_.serve(outcome::construct);
        }
    }

    // Closes a connection that was on loan; calls `when_short` when it is missing now.
    void drop(Entry* entry, const std::function<void()>& when_short) noexcept {
        // Goes last, behind the lock and the connection: it may be what keeps the engine alive.
        std::shared_ptr<pool_engine> keep;
        entry_owner closing;
        const std::lock_guard lock(mutex_);
        keep = std::move(entry->keep_owner);
        closing = take_out(entry);
        --total_;
        offer_slot();
        if (when_short && !closed_ && total_ < limits_.min_connections) {
            when_short();
        }
    }

    [[nodiscard]] entry_owner take_out(Entry* entry) noexcept {
        const auto found =
            std::find_if(entries_.begin(), entries_.end(),
                         [entry](const entry_owner& owner) { return owner.get() == entry; });
        entry_owner taken = std::move(*found);
        *found = std::move(entries_.back());
        entries_.pop_back();
        return taken;
    }

    void close_unfit_idle() {
        std::vector<entry_owner> closing;  // declared before the lock: closed without it
        const std::lock_guard lock(mutex_);
        closing.reserve(idle_.size());
        const auto now = Clock::now();
        // Oldest use first, so that the minimum is made of the connections used last.
        std::erase_if(idle_, [&](Entry* entry) {
            const bool unfit = now >= entry->expires_at || entry->hung_up() ||
                               (total_ > limits_.min_connections &&
                                now - entry->idle_since >= limits_.max_idle_time);
            if (unfit) {
                closing.push_back(take_out(entry));
                --total_;
            }
            return unfit;
        });
    }

    // Makes one connection if the minimum wants it; returns whether to go on. One that cannot be
    // kept, or not be made, ends the round: the next try is a period away, so that nothing is
    // hammered.
    [[nodiscard]] bool construct_for_minimum(const std::stop_token& stop) {
        {
            const std::lock_guard lock(mutex_);
            if (closed_ || total_ >= limits_.min_connections) {
                return false;
            }
            ++total_;
            ++constructing_;
        }
        try {
            entry_owner made = construct(milliseconds::max(), stop);
            Entry* const entry = made.get();
            {
                const std::lock_guard lock(mutex_);
                add(std::move(made));
            }
            const bool kept = put_back(entry);
            if (!kept) {
                drop(entry, {});
            }
            return kept;
        } catch (...) {
            return false;  // remembered as the last connect failure
        }
    }

    [[nodiscard]] std::chrono::nanoseconds jittered_lifetime() {
        thread_local std::minstd_rand random(std::random_device{}());
        const double share =
            std::uniform_real_distribution<double>(0, 1)(random) * limits_.lifetime_jitter;
        const std::chrono::duration<double, std::milli> life = limits_.max_lifetime;
        return std::chrono::duration_cast<std::chrono::nanoseconds>(life * (1 - share));
    }

    [[noreturn]] static void throw_closed() {
        throw pool_closed_error("acquire: the pool is closed");
    }

    void throw_if_closed() const {
        if (closed_) {
            throw_closed();
        }
    }

    [[noreturn]] void throw_timeout(milliseconds waited) const {
        const pool_stat now = stat_locked();
        std::string text = "acquire: no connection within " +
                           std::to_string(std::max(waited, milliseconds(0)).count()) +
                           " ms (total " + std::to_string(now.total_connections) + " of " +
                           std::to_string(now.max_connections) + ", acquired " +
                           std::to_string(now.acquired_connections) + ", idle " +
                           std::to_string(now.idle_connections) + ", constructing " +
                           std::to_string(now.constructing_connections) + ", waiting " +
                           std::to_string(now.waiting) + ")";
        if (!last_connect_failure_.empty()) {
            text += "; last connect failure: " + last_connect_failure_;
        }
        throw timeout_error(text);
    }

    [[nodiscard]] pool_stat stat_locked() const noexcept {
        const int idle = static_cast<int>(idle_.size());
        return {.max_connections = limits_.max_connections,
                .total_connections = total_,
                .idle_connections = idle,
                .acquired_connections = total_ - idle - constructing_,
                .constructing_connections = constructing_,
                .waiting = waiters_.size()};
    }

    const pool_limits limits_;
    const factory make_;
    const std::function<void()> shortage_;
    std::stop_source stopping_;

    mutable std::mutex mutex_;  // guards all below
    std::vector<entry_owner> entries_;
    std::vector<Entry*> idle_;  // used last at the back
    pool_waiter_queue<Entry> waiters_;
    int total_ = 0;
    int constructing_ = 0;
    bool closed_ = false;
    std::string last_connect_failure_;
};

}  // namespace dsql::detail
