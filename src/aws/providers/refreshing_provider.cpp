// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/refreshing_provider.hpp"

#include "aws/providers/expired_credentials.hpp"
#include "base/backoff.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace dsql::detail {

namespace {

using namespace std::chrono_literals;

double uniform_random() {
    return uniform_real(0, 1);
}

constexpr std::chrono::minutes mandatory_window = 1min;
constexpr std::chrono::system_clock::duration shortest_pause = 30s;

}  // namespace

refreshing_provider::cached::cached(const fetched_credentials& fetched, clock::time_point now)
    : keys(fetched.keys),
      expiration(fetched.keys.expiration),
      expired_use(fetched.expired_use),
      fetched_at(now) {}

bool refreshing_provider::cached::is_usable(clock::time_point now) const {
    return expired_use != after_expiration::refused || !expiration || now < *expiration;
}

refresh_environment::refresh_environment() : random(&uniform_random) {}

refreshing_provider::refreshing_provider(std::unique_ptr<credentials_source> source,
                                         refresh_environment environment)
    : source_(std::move(source)),
      environment_(std::move(environment)),
      activity_(source_->name()),
      at_exit_([this] { end_fetch(); }) {}

refreshing_provider::~refreshing_provider() {
    leave_to_parent();
    end_fetch();
}

void refreshing_provider::end_fetch() noexcept {
    std::shared_ptr<fetch_flight> under_way;
    std::thread last;
    {
        const std::lock_guard lock(mutex_);
        under_way = in_flight_;
        last = worker_.take();
    }
    if (under_way) {
        under_way->stop();
    }
    worker_thread::join(std::move(last));
}

// In a child, forgets the fetch under way, which only the parent has. With the lock, or where
// nobody else is.
void refreshing_provider::leave_to_parent() noexcept {
    if (made_in_.is_in_child()) {
        in_flight_.reset();
        made_in_ = {};
    }
}

credentials refreshing_provider::get_within(const call_limits& limits) {
    for (;;) {
        std::unique_lock lock(mutex_);
        leave_to_parent();
        const clock::time_point now = environment_.now();
        throw_standing_failure(now);
        switch (state_at(now)) {
            case state::fresh:
                return cached_->keys;
            case state::advisory:
                return in_flight_ || is_backing_off(now) ? cached_->keys : start_advisory(lock);
            case state::mandatory:
                break;
        }
        if (!in_flight_ && is_backing_off(now)) {
            return cached_->keys;
        }
        const bool leads = !in_flight_;
        if (leads) {
            require_running_process();
            throw_if_struck(limits, [this] { return source_->name(); });
            in_flight_ = std::make_shared<fetch_flight>();
        }
        const std::shared_ptr<fetch_flight> joined = in_flight_;
        const bool is_late = joined->join();
        if (leads) {
            start_mandatory(lock, limits);
        } else {
            lock.unlock();
        }
        if (std::optional<credentials> keys = await(*joined, is_late, limits)) {
            return *std::move(keys);
        }
    }
}

void refreshing_provider::invalidate(const std::string& access_key_id) noexcept {
    const std::lock_guard lock(mutex_);
    // Another key: the rejected credentials have been replaced already.
    if (cached_ && cached_->keys.access_key_id == access_key_id) {
        cached_->invalidated = true;
    }
}

std::string refreshing_provider::last_failure() const {
    const std::lock_guard lock(mutex_);
    return last_failure_;
}

std::optional<renewal_failure> refreshing_provider::last_renewal_failure() const {
    const std::lock_guard lock(mutex_);
    return renewal_failure_;
}

refreshing_provider::state refreshing_provider::state_at(clock::time_point now) const {
    if (!cached_ || cached_->invalidated) {
        return state::mandatory;
    }
    const auto& expiration = cached_->expiration;
    if (!expiration) {
        return state::fresh;
    }
    // Judged by the life that they had when they came: what is left shrinks with every second.
    const auto advisory = refresh_window(*expiration - cached_->fetched_at);
    if (now < *expiration - advisory) {
        return state::fresh;
    }
    return now < *expiration - mandatory_window ? state::advisory : state::mandatory;
}

bool refreshing_provider::is_backing_off(clock::time_point now) const {
    // A wall clock set back must not prolong it.
    return cached_ && backoff_since_ && now >= *backoff_since_ && now < backoff_until_ &&
           cached_->is_usable(now);
}

void refreshing_provider::throw_standing_failure(clock::time_point now) {
    if (!standing_) {
        return;
    }
    const bool holds = now >= standing_->since && now < standing_->until;
    // One that a background refresh met is told at least once, however late the next call.
    if (holds || !standing_->thrown) {
        standing_->thrown = true;
        std::rethrow_exception(standing_->failure);
    }
    standing_.reset();
}

credentials refreshing_provider::start_advisory(std::unique_lock<fork_safe_mutex>& lock) {
    const credentials current = cached_->keys;
    const auto started = std::make_shared<fetch_flight>();
    static_cast<void>(started->join());  // and never leaves: it is not stopped for want of waiters
    in_flight_ = started;
    auto work = [this, started] {
        fetch_for(*started, started->stop_token());
    };
    if (environment_.in_background) {
        lock.unlock();
        environment_.in_background(work);
        return started->has_ended() ? take(started->wait({}, {})) : current;
    }
    try {
        worker_.start(std::move(work));  // the last one has ended: nothing was in flight
    } catch (...) {  // no thread, or no memory, to be had now: the next call tries again
        in_flight_.reset();
    }
    return current;
}

// Fetches here where the caller cannot give up, else on a thread.
void refreshing_provider::start_mandatory(std::unique_lock<fork_safe_mutex>& lock,
                                          const call_limits& limits) {
    const std::shared_ptr<fetch_flight> started = in_flight_;
    if (is_unlimited(limits)) {
        lock.unlock();
        fetch_for(*started, {});
        return;
    }
    try {
        worker_.start([this, started] { fetch_for(*started, started->stop_token()); });
    } catch (const std::system_error& failure) {
        in_flight_.reset();
        started->fail(std::make_exception_ptr(credentials_error(
            std::string("no thread to fetch credentials on: ") + failure.what())));
    } catch (...) {  // no memory; nobody must wait for what was not begun
        in_flight_.reset();
        started->fail(std::current_exception());
    }
    lock.unlock();
}

// None: it was stopped because others had given up, and has to be begun again.
std::optional<credentials> refreshing_provider::await(fetch_flight& joined, bool is_late,
                                                      const call_limits& limits) {
    fetch_flight::outcome ended = joined.wait(limits, [this] { return activity_.get(); });
    if (is_late && ended.failure) {
        return std::nullopt;
    }
    return take(std::move(ended));
}

credentials refreshing_provider::take(fetch_flight::outcome ended) {
    if (!ended.failure) {
        return *std::move(ended.value);
    }
    {
        const std::lock_guard lock(mutex_);
        if (standing_) {
            standing_->thrown = true;
        }
    }
    std::rethrow_exception(ended.failure);
}

void refreshing_provider::fetch_for(fetch_flight& waiting, const std::stop_token& stop) noexcept {
    try {
        waiting.succeed(renew(stop));
    } catch (...) {
        waiting.fail(std::current_exception());
    }
}

// Fetches, and leaves the outcome behind for all. Nothing is in flight any more when it returns.
credentials refreshing_provider::renew(const std::stop_token& stop) {
    try {
        activity_.set(source_->name());
        return accept(
            source_->fetch({.stop = stop, .pause = environment_.pause, .doing = &activity_}));
    } catch (const unrecoverable_credentials_error& failure) {
        rethrow_if_stopped(stop);
        keep_raising(std::current_exception(), failure.what());
    } catch (const std::exception& failure) {
        rethrow_if_stopped(stop);
        return keep_the_old(std::current_exception(), failure.what());
    } catch (...) {  // of a function of the program's: anything may be thrown
        rethrow_if_stopped(stop);
        return keep_the_old(std::current_exception(), "a failure of unknown kind");
    }
}

// Called in a handler. What a stopped fetch throws says nothing about the source.
void refreshing_provider::rethrow_if_stopped(const std::stop_token& stop) {
    if (!stop.stop_requested()) {
        return;
    }
    const std::lock_guard lock(mutex_);
    in_flight_.reset();
    throw;
}

credentials refreshing_provider::accept(const fetched_credentials& fetched) {
    const clock::time_point now = environment_.now();
    if (has_expired(fetched.keys, now)) {
        take_expired(fetched, now);
        const std::string name = fetched.source.empty() ? source_->name() : fetched.source;
        throw credentials_error(name + " returned " + expired_text(fetched.keys, now));
    }
    const std::lock_guard lock(mutex_);
    in_flight_.reset();
    standing_.reset();
    backoff_since_.reset();
    last_failure_.clear();
    renewal_failure_.reset();
    if (fetched.kept == reuse::never) {
        cached_.reset();
        return fetched.keys;
    }
    cached_.emplace(fetched, now);
    pause_if_due(now);
    return cached_->keys;
}

// Keeps expired credentials where the source's are good for something and none are there that end
// later.
void refreshing_provider::take_expired(const fetched_credentials& fetched, clock::time_point now) {
    const std::lock_guard lock(mutex_);
    standing_.reset();
    const bool is_last =
        !cached_ || (cached_->expiration && *cached_->expiration < *fetched.keys.expiration);
    if (fetched.expired_use == after_expiration::kept_and_taken && is_last) {
        cached_.emplace(fetched, now);
    }
}

// Credentials that stay in use get an expiration that lets a token live until the next attempt, and
// has the token replaced then: the attempt is where their advisory window begins.
void refreshing_provider::start_backoff(clock::time_point now) {
    pause(now, between(shortest_backoff, longest_backoff, environment_.random()));
    if (cached_->expiration && cached_->expired_use != after_expiration::refused) {
        cached_->keys.expiration =
            std::max(*cached_->expiration, backoff_until_ + expiration_extension);
    }
}

void refreshing_provider::pause(clock::time_point now, clock::duration length) {
    backoff_since_ = now;
    backoff_until_ = now + length;
}

// New credentials that are due for a renewal already: the source has none that last longer, and
// must not be asked at every call.
void refreshing_provider::pause_if_due(clock::time_point now) {
    if (state_at(now) != state::fresh) {
        pause(now, std::min(shortest_pause, (*cached_->expiration - now) / 2));
    }
}

credentials refreshing_provider::keep_the_old(const std::exception_ptr& failure,
                                              const std::string& reason) {
    const clock::time_point now = environment_.now();
    const std::lock_guard lock(mutex_);
    in_flight_.reset();
    last_failure_ = reason;
    renewal_failure_.reset();
    if (!cached_ || !cached_->is_usable(now)) {
        std::rethrow_exception(failure);
    }
    start_backoff(now);
    renewal_failure_ = renewal_failure{.number = ++renewal_failures_,
                                       .reason = reason,
                                       .expiration = cached_->expiration,
                                       .next_attempt = backoff_until_};
    return cached_->keys;
}

void refreshing_provider::keep_raising(const std::exception_ptr& failure,
                                       const std::string& reason) {
    const clock::time_point now = environment_.now();
    const std::lock_guard lock(mutex_);
    in_flight_.reset();
    last_failure_ = reason;
    renewal_failure_.reset();
    standing_ = standing_failure{.failure = failure,
                                 .since = now,
                                 .until = now + between(1s, 5s, environment_.random()),
                                 .thrown = false};
    std::rethrow_exception(failure);
}

}  // namespace dsql::detail
