// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/refreshing_provider.hpp"

#include "aws/http/curl_memory.hpp"
#include "aws/providers/expired_credentials.hpp"
#include "base/backoff.hpp"
#include "errors/thread_shortage.hpp"

#include <algorithm>
#include <system_error>
#include <thread>
#include <utility>

namespace dsql::aws {

namespace {

using namespace std::chrono_literals;

double uniform_random() {
    return detail::uniform_real(0, 1);
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
      at_exit_([this] { end_fetch(); }) {
    allow_curl_to_overwrite();
}

refreshing_provider::~refreshing_provider() {
    end_fetch();
}

void refreshing_provider::end_fetch() noexcept {
    std::shared_ptr<fetch_flight> running;
    std::thread worker;
    {
        const std::lock_guard lock(mutex_);
        discard_parent_fetch();
        running = in_flight_;
        worker = worker_.take();
    }
    if (running) {
        running->stop();
    }
    detail::worker_thread::join(std::move(worker));
}

// In a forked child, discards the fetch in flight, whose thread exists only in the parent. The
// caller holds the lock.
void refreshing_provider::discard_parent_fetch() noexcept {
    if (made_in_.is_in_child()) {
        in_flight_.reset();
        made_in_ = {};
    }
}

credentials refreshing_provider::get_within(const call_limits& limits) {
    for (;;) {
        std::unique_lock lock(mutex_);
        discard_parent_fetch();
        const clock::time_point now = environment_.now();
        throw_repeated_error(now);
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
        const bool is_leader = !in_flight_;
        if (is_leader) {
            detail::require_running_process();
            detail::throw_if_struck(limits, [this] { return source_->name(); });
            in_flight_ = std::make_shared<fetch_flight>();
        }
        const std::shared_ptr<fetch_flight> joined = in_flight_;
        const bool is_late = joined->join();
        if (is_leader) {
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
    // A different key means that the rejected credentials have already been replaced.
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
    // The window depends on the life that the credentials had when they were fetched, because the
    // remaining life shrinks all the time.
    const auto advisory = refresh_window(*expiration - cached_->fetched_at);
    if (now < *expiration - advisory) {
        return state::fresh;
    }
    return now < *expiration - mandatory_window ? state::advisory : state::mandatory;
}

bool refreshing_provider::is_backing_off(clock::time_point now) const {
    // The lower bound keeps a wall clock that was set back from prolonging the back-off.
    return cached_ && backoff_since_ && now >= *backoff_since_ && now < backoff_until_ &&
           cached_->is_usable(now);
}

void refreshing_provider::throw_repeated_error(clock::time_point now) {
    if (!repeated_error_) {
        return;
    }
    const bool holds = now >= repeated_error_->since && now < repeated_error_->until;
    // An error of a background refresh is thrown at least once, even when the next call comes late.
    if (holds || !repeated_error_->thrown) {
        repeated_error_->thrown = true;
        std::rethrow_exception(repeated_error_->failure);
    }
    repeated_error_.reset();
}

credentials refreshing_provider::start_advisory(std::unique_lock<detail::fork_safe_mutex>& lock) {
    credentials current = cached_->keys;
    if (detail::is_exiting()) {
        return current;  // nobody would wait for the thread
    }
    const auto started = std::make_shared<fetch_flight>();
    // Joins and never leaves, so that the fetch is not stopped because no caller waits for it.
    static_cast<void>(started->join());
    in_flight_ = started;
    auto work = [this, started] {
        fetch_for(*started, started->stop_token());
    };
    if (environment_.in_background) {
        lock.unlock();
        environment_.in_background(work);
        return started->has_ended() ? take(started->wait({}, {})) : current;
    }
    std::thread last = worker_.take();
    try {
        worker_.start(std::move(work));
    } catch (...) {  // out of threads or memory: the next call tries again
        in_flight_.reset();
    }
    lock.unlock();
    // It has done its work, but waits for a fork that is under way, which waits for the lock.
    detail::worker_thread::join(std::move(last));
    return current;
}

// Fetches on the caller's thread when the caller has no limits, otherwise on a worker thread.
void refreshing_provider::start_mandatory(std::unique_lock<detail::fork_safe_mutex>& lock,
                                          const call_limits& limits) {
    const std::shared_ptr<fetch_flight> started = in_flight_;
    if (detail::is_unlimited(limits)) {
        lock.unlock();
        fetch_for(*started, {});
        return;
    }
    std::thread last = worker_.take();  // joined without the lock, as above
    try {
        worker_.start([this, started] { fetch_for(*started, started->stop_token()); });
    } catch (const std::system_error& failure) {
        in_flight_.reset();
        started->fail(
            std::make_exception_ptr(detail::thread_shortage("fetch credentials", failure)));
    } catch (...) {  // out of memory: other callers must not wait for a fetch that never started
        in_flight_.reset();
        started->fail(std::current_exception());
    }
    lock.unlock();
    detail::worker_thread::join(std::move(last));
}

// Returns nothing when the fetch was stopped because all earlier callers had given up. The caller
// then has to start another one.
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
        if (repeated_error_) {
            repeated_error_->thrown = true;
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

// Fetches and stores the outcome. When it returns or throws, nothing is in flight.
credentials refreshing_provider::renew(const std::stop_token& stop) {
    try {
        activity_.set(source_->name());
        return accept(
            source_->fetch({.stop = stop, .pause = environment_.pause, .doing = &activity_}));
    } catch (const unrecoverable_credentials_error& failure) {
        rethrow_if_stopped(stop);
        throw_repeatedly(std::current_exception(), failure.what());
    } catch (const std::exception& failure) {
        rethrow_if_stopped(stop);
        return keep_cached(std::current_exception(), failure.what());
    } catch (...) {  // a function of the program may throw any type
        rethrow_if_stopped(stop);
        return keep_cached(std::current_exception(), "a failure of unknown kind");
    }
}

// Rethrows the current exception when the fetch was stopped. Such an exception says nothing about
// the source, so it is not recorded. Must be called in a handler.
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
        cache_expired(fetched, now);
        const std::string name = fetched.source.empty() ? source_->name() : fetched.source;
        throw credentials_error(name + " returned " + expired_text(fetched.keys, now));
    }
    const std::lock_guard lock(mutex_);
    in_flight_.reset();
    repeated_error_.reset();
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

// Caches expired credentials if the source allows their use (`kept_and_taken`), unless the cached
// ones expire later.
void refreshing_provider::cache_expired(const fetched_credentials& fetched, clock::time_point now) {
    const std::lock_guard lock(mutex_);
    repeated_error_.reset();
    const bool is_last =
        !cached_ || (cached_->expiration && *cached_->expiration < *fetched.keys.expiration);
    if (fetched.expired_use == after_expiration::kept_and_taken && is_last) {
        cached_.emplace(fetched, now);
    }
}

// Starts a back-off and extends the expiration of the credentials that stay in use. Their advisory
// window then begins at the next attempt: a token lives until that attempt and is replaced at it.
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

// Pauses when new credentials are already due for a renewal. The source has none that last longer,
// and should not be contacted by every call.
void refreshing_provider::pause_if_due(clock::time_point now) {
    if (state_at(now) != state::fresh) {
        pause(now, std::min(shortest_pause, (*cached_->expiration - now) / 2));
    }
}

credentials refreshing_provider::keep_cached(const std::exception_ptr& failure,
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

void refreshing_provider::throw_repeatedly(const std::exception_ptr& failure,
                                           const std::string& reason) {
    const clock::time_point now = environment_.now();
    const std::lock_guard lock(mutex_);
    in_flight_.reset();
    last_failure_ = reason;
    renewal_failure_.reset();
    repeated_error_ = repeated_error{.failure = failure,
                                     .since = now,
                                     .until = now + between(1s, 5s, environment_.random()),
                                     .thrown = false};
    std::rethrow_exception(failure);
}

}  // namespace dsql::aws
