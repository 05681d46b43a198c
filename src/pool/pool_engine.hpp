// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/error.hpp>
#include <dsql/observer.hpp>
#include <dsql/pool_stat.hpp>
#include <dsql/source_location.hpp>

#include "pool/connect_backoff.hpp"
#include "pool/connect_crew.hpp"
#include "pool/fork_mark.hpp"
#include "pool/pool_entry_base.hpp"
#include "pool/pool_limits.hpp"
#include "pool/pool_waiter.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
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
/// `Entry` derives from `pool_entry_base` and has `bool reusable() noexcept`, asked without any
/// lock when it comes back, `bool broken() noexcept`, and `bool hung_up() noexcept`, asked of idle
/// ones. Its destructor closes the connection and runs without any lock held.
///
/// Invariant: each of `entries_` is idle, on loan, or on its way to a waiter that was served.
/// `constructing_` counts those to come, each with a thread of its own.
template <class Entry, class Clock>
class pool_engine : public std::enable_shared_from_this<pool_engine<Entry, Clock>> {
public:
    using milliseconds = std::chrono::milliseconds;
    using entry_owner = std::unique_ptr<Entry>;

    /// Where connections come from.
    struct factory {
        /// Makes a connection or throws; gives up when told by the token.
        std::function<entry_owner(const std::stop_token&)> make;
        /// Whether what `make` threw may pass by itself, so that it is worth another try.
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

    /// A connection, idle, new or handed over. See `pool::acquire`.
    [[nodiscard]] Entry* acquire(const call_limits& limits = {},
                                 const source_location& where = {}) {
        require_own_process();
        if (!limits.stop().stop_requested()) {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty() && !closed_) {
                Entry* const entry = idle_.back();
                const auto now = Clock::now();
                if (is_trusted(*entry, now)) {
                    idle_.pop_back();
                    return lend(entry, now, where);
                }
            }
        }
        return acquire_slowly(limits, where);
    }

    /// All idle connections that are young enough and up.
    [[nodiscard]] std::vector<Entry*> acquire_all_idle(const source_location& where = {}) {
        require_own_process();
        std::vector<entry_owner> closing;  // declared before the lock: closed without it
        const std::lock_guard lock(mutex_);
        throw_if_closed();
        std::vector<Entry*> taken;
        taken.reserve(idle_.size());
        closing.reserve(idle_.size());
        while (Entry* const entry = take_idle(closing)) {
            taken.push_back(lend(entry, Clock::now(), where));
        }
        start_connects();
        return taken;
    }

    /// Takes a connection back, to be used again if it can be; returns whether it was kept.
    bool release(Entry* entry) noexcept { return give_back(entry, true); }

    /// Takes a connection back to be closed.
    void discard(Entry* entry) noexcept { give_back(entry, false); }

    /// Takes a connection on loan out of the pool.
    [[nodiscard]] entry_owner hijack(Entry* entry) noexcept {
        // Goes last, behind the lock: it may be what keeps the engine alive.
        std::shared_ptr<pool_engine> keep;
        const std::lock_guard lock(mutex_);
        keep = std::move(entry->keep_owner);
        entry_owner taken = take_out(entry);
        start_connects();
        return taken;
    }

    /// One round of maintenance: closes idle connections that are too old, hung up, or idle for too
    /// long and above the minimum, has missing ones connected and ageing ones replaced, and reports
    /// leaks. Returns how long the next may wait.
    milliseconds maintain(
        const std::function<void(const source_location&, milliseconds)>& on_leak) {
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

    /// See `pool::warm_up`. Until `until` on the steady clock.
    void warm_up(int connections, std::chrono::steady_clock::time_point until) {
        require_own_process();
        std::unique_lock lock(mutex_);
        throw_if_closed();
        warm_target_ = std::max(warm_target_, connections);
        ++warm_ups_;
        const std::uint64_t failures = final_failures_;
        start_connects();
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

    /// See `pool::reset`.
    void reset() noexcept {
        if (made_in_.is_in_child()) {
            return;
        }
        std::vector<entry_owner> closing;
        const std::lock_guard lock(mutex_);
        ++generation_;
        move_out_idle(closing);
        start_connects();
    }

    [[nodiscard]] pool_stat stat() const {
        if (made_in_.is_in_child()) {
            return {};
        }
        const std::lock_guard lock(mutex_);
        return stat_locked();
    }

    /// Counts one found dead by a check of the caller's.
    void count_liveness_failure() noexcept {
        const std::lock_guard lock(mutex_);
        ++counters_.liveness_failures;
    }

    /// See `pool::close`.
    void close() noexcept {
        if (made_in_.is_in_child()) {
            return;
        }
        stopping_.request_stop();
        {
            std::vector<entry_owner> closing;
            const std::lock_guard lock(mutex_);
            closed_ = true;
            while (!waiters_.empty()) {
                waiters_.pop(outcome::closed).changed.notify_one();
            }
            move_out_idle(closing);
            for (const entry_owner& on_loan : entries_) {
                on_loan->keep_owner = this->shared_from_this();
            }
            grown_.notify_all();
        }
        crew_.join();
    }

    /// Waits until all connections on loan are back, after `close`; returns how many are not.
    [[nodiscard]] int await_loans(milliseconds timeout) noexcept {
        if (made_in_.is_in_child()) {
            return 0;
        }
        std::unique_lock lock(mutex_);
        drained_.wait_for(lock, timeout, [this] { return entries_.empty(); });
        return static_cast<int>(entries_.size());
    }

    /// Whether this is a child of the process that the pool was made in.
    [[nodiscard]] bool is_in_child() const noexcept { return made_in_.is_in_child(); }

private:
    using waiter = pool_waiter<Entry, Clock>;
    using outcome = typename waiter::outcome;
    using lock_type = std::unique_lock<std::mutex>;
    using wait_clock = std::chrono::steady_clock;
    using time_point = typename Clock::time_point;

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

    // ------------------------------------------------------------------ acquire

    [[nodiscard]] bool is_trusted(const Entry& entry, time_point now) const noexcept {
        return now < entry.expires_at &&
               (!limits_.passive_check ||
                (now - entry.idle_since < trusted_idle_time && entry.idle_since > suspect_until_));
    }

    Entry* lend(Entry* entry, time_point now, const source_location& where) noexcept {
        entry->on_loan = true;
        entry->acquired_at = now;
        entry->acquired_from = where;
        ++counters_.acquire_count;
        return entry;
    }

    [[nodiscard]] Entry* acquire_slowly(const call_limits& limits, const source_location& where) {
        const auto start = wait_clock::now();
        const auto latest = start + limits_.acquire_timeout;
        const auto until = limits.deadline() ? std::min(*limits.deadline(), latest) : latest;
        std::vector<entry_owner> closing;  // declared before the lock: closed without it
        waiter self;
        // Declared before the lock, too: its destructor waits for a callback that wants the lock.
        const std::stop_callback on_stop(limits.stop(), [this, &self] {
            const std::lock_guard lock(mutex_);
            self.stopped = true;
            self.changed.notify_one();
        });
        lock_type lock(mutex_);
        throw_if_closed();
        if (self.stopped) {
            ++counters_.canceled_acquire_count;
            throw cancelled_error("acquire: stopped before it began");
        }
        closing.reserve(idle_.size());
        if (Entry* const entry = take_idle(closing)) {
            return lend(entry, Clock::now(), where);
        }
        refuse_one_too_many();
        self.since = Clock::now();
        waiters_.push(self);
        start_connects();
        Entry* const entry = wait_for_entry(self, start, until, lock, closing);
        const auto waited = wait_clock::now() - start;
        ++counters_.empty_acquire_count;
        counters_.empty_acquire_wait_time += waited;
        counters_.acquire_duration += waited;
        return lend(entry, Clock::now(), where);
    }

    void refuse_one_too_many() {
        if (limits_.max_waiters > 0 && waiters_.size() >= limits_.max_waiters) {
            ++counters_.rejected;
            throw pool_exhausted_error("acquire: max_waiters, " +
                                       std::to_string(limits_.max_waiters) +
                                       ", wait for a connection already" + counts_and_failure());
        }
    }

    // Waits in the queue until served. Leaves the queue in any case.
    [[nodiscard]] Entry* wait_for_entry(waiter& self, wait_clock::time_point start,
                                        wait_clock::time_point until, lock_type& lock,
                                        std::vector<entry_owner>& closing) {
        while (true) {
            const bool told = self.changed.wait_until(lock, until, [&self] {
                return self.state != outcome::waiting || self.called || self.stopped;
            });
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
                if (Entry* const entry = take_idle(closing)) {
                    waiters_.remove(self);
                    call_next();
                    return entry;
                }
                start_connects();
            }
            if (!told) {
                leave(self);
                ++counters_.acquire_timeouts;
                throw_timeout(std::chrono::ceil<milliseconds>(until - start));
            }
        }
    }

    // Gives the wait up. Who was called and does not come passes the call on.
    void leave(waiter& self) noexcept {
        ++counters_.canceled_acquire_count;
        waiters_.remove(self);
        if (self.called) {
            call_next();
        }
    }

    // An idle connection that is young enough and up; the others go to `closing`.
    [[nodiscard]] Entry* take_idle(std::vector<entry_owner>& closing) {
        while (!idle_.empty()) {
            Entry* const entry = idle_.back();
            const auto now = Clock::now();
            idle_.pop_back();
            if (is_trusted(*entry, now)) {
                return entry;
            }
            if (now >= entry->expires_at) {
                ++counters_.max_lifetime_destroy_count;
            } else if (entry->hung_up()) {
                ++counters_.liveness_failures;
            } else {
                return entry;
            }
            closing.push_back(take_out(entry));
        }
        return nullptr;
    }

    // ------------------------------------------------------------------ release

    bool give_back(Entry* entry, bool wanted) noexcept {
        if (made_in_.is_in_child()) {
            return false;  // the parent's: not to be touched
        }
        const bool broken = entry->broken();
        const bool usable = wanted && !broken && entry->reusable();
        const auto now = Clock::now();
        // The last two go in this order, behind the lock: the first may be what keeps the engine
        // alive, the second closes the connection.
        std::shared_ptr<pool_engine> keep;
        entry_owner closing;
        const std::lock_guard lock(mutex_);
        entry->on_loan = false;
        entry->leak_reported = false;
        if (usable && !closed_ && now < entry->expires_at && entry->generation == generation_) {
            entry->idle_since = now;
            offer(entry, now);
            return true;
        }
        keep = std::move(entry->keep_owner);
        closing = take_out(entry);
        if (usable && now >= closing->expires_at) {
            ++counters_.max_lifetime_destroy_count;
        }
        if (broken) {
            suspect_all(now);
        }
        start_connects();
        if (closed_ && entries_.empty()) {
            drained_.notify_all();
        }
        return false;
    }

    // Puts a connection where the next caller finds it, or gives it to who has waited too long.
    void offer(Entry* entry, time_point now) noexcept {
        if (!waiters_.empty() && now - waiters_.front().since >= patience) {
            serve(entry);
            return;
        }
        idle_.push_back(entry);  // never grows past the capacity reserved
        call_next();
    }

    void serve(Entry* entry) noexcept {
        waiter& served = waiters_.pop(outcome::entry);
        served.entry = entry;
        served.changed.notify_one();
    }

    // Has the first waiter look for an idle connection, unless it has been told already.
    void call_next() noexcept {
        if (!idle_.empty() && !waiters_.empty() && !waiters_.front().called) {
            waiters_.front().called = true;
            waiters_.front().changed.notify_one();
        }
    }

    // One connection broke: the others may have, too, and are looked at before they are used.
    void suspect_all(time_point now) noexcept {
        suspect_until_ = now;
        wake_if_open();
    }

    [[nodiscard]] entry_owner take_out(Entry* entry) noexcept {
        entry_owner taken = std::move(entries_[entry->position]);
        if (entry->position + 1 != entries_.size()) {
            entries_[entry->position] = std::move(entries_.back());
            entries_[entry->position]->position = entry->position;
        }
        entries_.pop_back();
        if (entry->replaced) {
            --doubled_;
        }
        return taken;
    }

    // What was idle at the time of a reset or close.
    void move_out_idle(std::vector<entry_owner>& closing) noexcept {
        closing.reserve(idle_.size());
        for (Entry* const entry : idle_) {
            closing.push_back(take_out(entry));
        }
        idle_.clear();
    }

    // ------------------------------------------------------------------ connecting

    // Connections that count: one and its replacement are one.
    [[nodiscard]] int live() const noexcept { return static_cast<int>(entries_.size()) - doubled_; }

    // How many more connects are wanted and allowed; less than zero when there are too many.
    [[nodiscard]] int missing() const noexcept {
        const int idle = static_cast<int>(idle_.size());
        const int pending = constructing_ - replacements_;
        int wanted = std::max(waiters_.size() - idle, warm_target_ - live());
        if (Clock::now() >= minimum_paused_until_) {
            wanted = std::max({wanted, waiters_.size() - idle + limits_.min_idle_connections,
                               limits_.min_connections - live()});
        }
        return std::min(wanted, limits_.max_connections - live()) - pending;
    }

    void start_connects() noexcept {
        while (!closed_ && constructing_ < limits_.max_concurrent_connects && missing() > 0) {
            if (!start_connect(nullptr)) {
                return;
            }
        }
    }

    // Connects on a thread of its own, in place of `ageing` if that is not null.
    bool start_connect(Entry* ageing) noexcept {
        const std::uint64_t replaces = ageing == nullptr ? 0 : ageing->id;
        try {
            crew_.run([this, replaces] { connect(replaces); });
        } catch (const std::exception& failure) {
            ++counters_.connect_errors;
            last_connect_failure_ = std::string("no thread to connect on: ") + failure.what();
            return false;
        }
        ++constructing_;
        if (ageing != nullptr) {
            ++replacements_;
            ++doubled_;
            ageing->replaced = true;
        }
        return true;
    }

    void connect(std::uint64_t replaces) noexcept {
        while (const std::optional<int> generation = await_turn(replaces)) {
            const auto started = wait_clock::now();
            try {
                arrive(factory_.make(stopping_.get_token()), *generation, replaces);
                return;
            } catch (const std::exception& failure) {
                if (!connect_again(failure.what(), factory_.may_pass(failure), started, replaces)) {
                    return;
                }
            } catch (...) {
                if (!connect_again("unknown error", false, started, replaces)) {
                    return;
                }
            }
        }
    }

    // Waits out the pause after a failed connect; returns the number of resets so far, and nothing
    // when the pool is being closed.
    [[nodiscard]] std::optional<int> await_turn(std::uint64_t replaces) noexcept {
        lock_type lock(mutex_);
        const auto stop = stopping_.get_token();
        const auto at = backoff_.reserve(wait_clock::now());
        const std::uint64_t recoveries = backoff_.recoveries();
        turn_.wait_until(lock, stop, at,
                         [&] { return closed_ || backoff_.recoveries() != recoveries; });
        if (closed_ || stop.stop_requested()) {
            end_construction(replaces);
            return std::nullopt;
        }
        return generation_;
    }

    void end_construction(std::uint64_t replaces) noexcept {
        --constructing_;
        if (replaces != 0) {
            --replacements_;
        }
    }

    void arrive(entry_owner made, int generation, std::uint64_t replaces) {
        std::vector<entry_owner> closing;  // declared before the lock: closed without it
        closing.reserve(1);
        const std::lock_guard lock(mutex_);
        entries_.reserve(entries_.size() + 1);
        idle_.reserve(entries_.capacity());  // so that to give back allocates nothing
        end_construction(replaces);
        ++counters_.new_connections_count;
        last_connect_failure_.clear();
        backoff_.succeeded();
        turn_.notify_all();
        if (closed_ || generation != generation_) {
            forget_replacement(replaces);
            closing.push_back(std::move(made));
        } else {
            retire(replaces, closing);
            admit(std::move(made));
        }
        grown_.notify_all();
        start_connects();
    }

    void admit(entry_owner made) {
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
        entries_.push_back(std::move(made));
        if (waiters_.empty()) {
            idle_.push_back(entry);
        } else {
            serve(entry);
        }
        if (std::min(entry->expires_at, entry->replace_at) < next_round_at_) {
            wake_if_open();
        }
    }

    // The connection whose replacement is there: closed now, or when it comes back.
    void retire(std::uint64_t id, std::vector<entry_owner>& closing) {
        Entry* const old = find(id);
        if (old == nullptr) {
            return;
        }
        const auto idle = std::find(idle_.begin(), idle_.end(), old);
        if (idle == idle_.end()) {
            old->expires_at = Clock::now();
            return;
        }
        ++counters_.max_lifetime_destroy_count;
        idle_.erase(idle);
        closing.push_back(take_out(old));
    }

    // The replacement of this connection will not come: it is closed at its time, without one.
    void forget_replacement(std::uint64_t id) noexcept {
        if (Entry* const old = find(id)) {
            old->replaced = false;
            old->replace_at = time_point::max();
            --doubled_;
        }
    }

    [[nodiscard]] Entry* find(std::uint64_t id) const noexcept {
        const auto found = std::find_if(entries_.begin(), entries_.end(),
                                        [id](const entry_owner& entry) { return entry->id == id; });
        return id == 0 || found == entries_.end() ? nullptr : found->get();
    }

    // Takes note of a failed connect; returns whether to try again. Called in a handler.
    [[nodiscard]] bool connect_again(const char* why, bool may_pass, wait_clock::time_point started,
                                     std::uint64_t replaces) noexcept {
        retry_event event{.operation = retried_operation::connect, .reason = why};
        {
            const std::lock_guard lock(mutex_);
            if (closed_) {
                end_construction(replaces);
                return false;
            }
            ++counters_.connect_errors;
            last_connect_failure_ = why;
            if (may_pass) {
                backoff_.failed(started, wait_clock::now());
            }
            if (!may_pass || replaces != 0 || missing() < 0) {
                end_construction(replaces);
                forget_replacement(replaces);
                if (!may_pass && replaces == 0) {
                    fail_for_good(std::current_exception());
                }
                start_connects();
                return false;
            }
            event.attempt = backoff_.failures();
            event.wait = backoff_.pause();
        }
        if (factory_.retrying) {
            factory_.retrying(event);
        }
        return true;
    }

    // Tells who waited for this connection: one caller, or all of them where there is no other
    // connection to hope for. The minimum is left alone for a while, so that nothing is hammered.
    void fail_for_good(std::exception_ptr failure) noexcept {
        minimum_paused_until_ = Clock::now() + limits_.health_check_period;
        warm_target_ = 0;
        ++final_failures_;
        final_failure_ = failure;
        grown_.notify_all();
        while (!waiters_.empty()) {
            waiter& failed = waiters_.pop(outcome::failed);
            failed.failure = failure;
            failed.changed.notify_one();
            if (!entries_.empty() || constructing_ > 0) {
                break;
            }
        }
    }

    // ------------------------------------------------------------------ maintenance

    void close_unfit_idle(time_point now, std::vector<entry_owner>& closing) {
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

    void replace_ageing(time_point now) noexcept {
        for (const entry_owner& entry : entries_) {
            if (constructing_ >= limits_.max_concurrent_connects || backoff_.failures() > 0 ||
                closed_) {
                return;
            }
            if (now >= entry->replace_at && !entry->replaced && entry->generation == generation_ &&
                !start_connect(entry.get())) {
                return;
            }
        }
    }

    void collect_leaks(time_point now,
                       std::vector<std::pair<source_location, milliseconds>>& leaks) {
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

    [[nodiscard]] milliseconds time_to_next_round(time_point now) const noexcept {
        auto next = now + limits_.health_check_period;
        if (limits_.leak_threshold.count() > 0) {
            next = std::min(next, now + limits_.leak_threshold);
        }
        for (const entry_owner& entry : entries_) {
            next = entry->replaced ? next : std::min(next, entry->replace_at);
            next = entry->on_loan ? next : std::min(next, entry->expires_at);
        }
        const auto wait = std::chrono::ceil<milliseconds>(next - now);
        return std::max(wait, std::min(shortest_round, limits_.health_check_period));
    }

    void wake_if_open() noexcept {
        if (wake_ && !closed_) {
            wake_();
        }
    }

    [[nodiscard]] std::chrono::nanoseconds jittered_lifetime() const {
        thread_local std::minstd_rand random(std::random_device{}());
        const double share =
            std::uniform_real_distribution<double>(0, 1)(random) * limits_.lifetime_jitter;
        const std::chrono::duration<double, std::milli> life = limits_.max_lifetime;
        return std::chrono::duration_cast<std::chrono::nanoseconds>(life * (1 - share));
    }

    // ------------------------------------------------------------------ errors and counts

    void require_own_process() const {
        if (made_in_.is_in_child()) {
            throw error(
                "the pool was made before fork(): its connections are the parent process's; make "
                "a pool of its own in the child");
        }
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
        throw timeout_error("acquire: no connection within " +
                            std::to_string(std::max(waited, milliseconds(0)).count()) + " ms" +
                            counts_and_failure());
    }

    [[nodiscard]] std::string counts_and_failure() const {
        const pool_stat now = stat_locked();
        std::string text = " (total " + std::to_string(now.total_connections) + " of " +
                           std::to_string(now.max_connections) + ", acquired " +
                           std::to_string(now.acquired_connections) + ", idle " +
                           std::to_string(now.idle_connections) + ", constructing " +
                           std::to_string(now.constructing_connections) + ", waiting " +
                           std::to_string(now.waiting) + ")";
        if (!last_connect_failure_.empty()) {
            text += "; last connect failure: " + last_connect_failure_;
        }
        return text;
    }

    [[nodiscard]] pool_stat stat_locked() const noexcept {
        pool_stat now = counters_;
        now.max_connections = limits_.max_connections;
        now.total_connections = static_cast<int>(entries_.size()) + constructing_;
        now.idle_connections = static_cast<int>(idle_.size());
        now.acquired_connections = static_cast<int>(entries_.size() - idle_.size());
        now.constructing_connections = constructing_;
        now.waiting = waiters_.size();
        return now;
    }

    const pool_limits limits_;
    const factory factory_;
    const std::function<void()> wake_;
    const fork_mark made_in_;
    std::stop_source stopping_;

    mutable std::mutex mutex_;  // guards all below but the last
    std::vector<entry_owner> entries_;
    std::vector<Entry*> idle_;  // used last at the back
    pool_waiter_queue<waiter> waiters_;
    int constructing_ = 0;
    int replacements_ = 0;  // of those constructing
    int doubled_ = 0;       // connections that are being replaced, or have been
    int warm_target_ = 0;
    int warm_ups_ = 0;  // callers of warm_up
    int generation_ = 0;
    bool closed_ = false;
    std::uint64_t last_id_ = 0;
    time_point suspect_until_{};  // idle since earlier than this: looked at before it is used
    time_point minimum_paused_until_{};
    time_point next_round_at_{};
    connect_backoff backoff_;
    pool_stat counters_;  // only what it counts; see stat_locked
    std::string last_connect_failure_;
    std::exception_ptr final_failure_;
    std::uint64_t final_failures_ = 0;
    std::condition_variable_any turn_;  // waits with a stop token
    std::condition_variable grown_;
    std::condition_variable drained_;
    connect_crew crew_;  // last: its threads use the others
};

}  // namespace dsql::detail
