// SPDX-License-Identifier: Apache-2.0
#include "aws/providers/refreshing_provider.hpp"

#include "aws/providers/refresh_window.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace dsql::detail {

namespace {

using namespace std::chrono_literals;

double uniform_random() {
    // Per thread, so that no lock is needed: which back-off comes out is of no consequence.
    thread_local std::minstd_rand generator(std::random_device{}());
    return std::uniform_real_distribution<>(0.0, 1.0)(generator);
}

// The other part of the way from `shortest` to `longest`.
std::chrono::milliseconds between(std::chrono::milliseconds shortest,
                                  std::chrono::milliseconds longest, double part) {
    return shortest + std::chrono::milliseconds(static_cast<long long>(
                          static_cast<double>((longest - shortest).count()) * part));
}

constexpr std::chrono::minutes mandatory_window = 1min;
constexpr std::chrono::system_clock::duration shortest_pause = 30s;

}  // namespace

refresh_environment::refresh_environment() : random(&uniform_random) {}

refreshing_provider::refreshing_provider(std::unique_ptr<credentials_source> source,
                                         refresh_environment environment)
    : source_(std::move(source)), environment_(std::move(environment)) {}

refreshing_provider::~refreshing_provider() {
    stop_.request_stop();
    if (background_.joinable()) {
        background_.join();
    }
}

credentials refreshing_provider::get() {
    std::unique_lock lock(mutex_);
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
    if (in_flight_) {
        const flight shared = *in_flight_;
        lock.unlock();
        return outcome_of(shared);
    }
    return is_backing_off(now) ? cached_->keys : refresh_and_share(lock);
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

refreshing_provider::state refreshing_provider::state_at(clock::time_point now) const {
    if (!cached_ || cached_->invalidated) {
        return state::mandatory;
    }
    const auto& expiration = cached_->keys.expiration;
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
    return cached_ && backoff_since_ && now >= *backoff_since_ && now < backoff_until_;
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

credentials refreshing_provider::start_advisory(std::unique_lock<std::mutex>& lock) {
    const credentials current = cached_->keys;
    // Shared, because std::function wants to copy what it holds.
    const auto shared = std::make_shared<std::promise<credentials>>();
    in_flight_ = shared->get_future().share();
    auto work = [this, shared] {
        try {
            shared->set_value(renew());
        } catch (...) {
            shared->set_exception(std::current_exception());
        }
    };
    if (environment_.in_background) {
        const flight result = *in_flight_;
        lock.unlock();
        environment_.in_background(work);
        return result.wait_for(0s) == std::future_status::ready ? outcome_of(result) : current;
    }
    if (background_.joinable()) {
        background_.join();  // it has ended: nothing was in flight
    }
    try {
        background_ = std::thread(std::move(work));
    } catch (...) {  // no thread, or no memory, to be had now: the next call tries again
        in_flight_.reset();
    }
    return current;
}

credentials refreshing_provider::outcome_of(const flight& ended) {
    try {
        return ended.get();
    } catch (...) {
        const std::lock_guard lock(mutex_);
        if (standing_) {
            standing_->thrown = true;
        }
        throw;
    }
}

credentials refreshing_provider::refresh_and_share(std::unique_lock<std::mutex>& lock) {
    std::promise<credentials> promise;
    const flight shared = promise.get_future().share();
    in_flight_ = shared;
    lock.unlock();
    try {
        promise.set_value(renew());
    } catch (...) {
        promise.set_exception(std::current_exception());
    }
    return outcome_of(shared);
}

// Fetches, and leaves the outcome behind for all. Nothing is in flight any more when it returns.
credentials refreshing_provider::renew() {
    try {
        return accept(source_->fetch({.stop = stop_.get_token(), .pause = environment_.pause}));
    } catch (const unrecoverable_credentials_error& failure) {
        keep_raising(std::current_exception(), failure.what());
    } catch (const std::exception& failure) {
        return keep_the_old(std::current_exception(), failure.what());
    } catch (...) {  // of a function of the program's: anything may be thrown
        return keep_the_old(std::current_exception(), "a failure of unknown kind");
    }
}

credentials refreshing_provider::accept(const fetched_credentials& fetched) {
    const clock::time_point now = environment_.now();
    const bool stale = fetched.keys.expiration && *fetched.keys.expiration <= now;
    const std::lock_guard lock(mutex_);
    in_flight_.reset();
    standing_.reset();
    backoff_since_.reset();
    last_failure_.clear();
    if (stale) {
        last_failure_ = source_->name() + " returned credentials that have already expired";
        if (!cached_) {  // better than none: an outage's, which AWS may accept for longer
            cached_ = cached{.keys = fetched.keys, .fetched_at = now};
            pause(now, shortest_pause);
        } else {
            start_backoff(now);
        }
        return cached_->keys;
    }
    if (fetched.kept == reuse::never) {
        cached_.reset();
        return fetched.keys;
    }
    cached_ = cached{.keys = fetched.keys, .fetched_at = now};
    pause_if_due(now);
    return cached_->keys;
}

void refreshing_provider::start_backoff(clock::time_point now) {
    pause(now, between(5min, 10min, environment_.random()));
}

void refreshing_provider::pause(clock::time_point now, clock::duration length) {
    backoff_since_ = now;
    backoff_until_ = now + length;
}

// New credentials that are due for a renewal already: the source has none that last longer, and
// must not be asked at every call.
void refreshing_provider::pause_if_due(clock::time_point now) {
    if (state_at(now) != state::fresh) {
        pause(now, std::min(shortest_pause, (*cached_->keys.expiration - now) / 2));
    }
}

credentials refreshing_provider::keep_the_old(const std::exception_ptr& failure,
                                              const std::string& reason) {
    const std::lock_guard lock(mutex_);
    in_flight_.reset();
    last_failure_ = reason;
    if (!cached_) {
        std::rethrow_exception(failure);
    }
    start_backoff(environment_.now());
    return cached_->keys;
}

void refreshing_provider::keep_raising(const std::exception_ptr& failure,
                                       const std::string& reason) {
    const clock::time_point now = environment_.now();
    const std::lock_guard lock(mutex_);
    in_flight_.reset();
    last_failure_ = reason;
    standing_ = standing_failure{.failure = failure,
                                 .since = now,
                                 .until = now + between(1s, 5s, environment_.random()),
                                 .thrown = false};
    std::rethrow_exception(failure);
}

}  // namespace dsql::detail
