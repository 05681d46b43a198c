// SPDX-License-Identifier: Apache-2.0
#include "aws/token/token_cache.hpp"

#include <dsql/error.hpp>

#include <exception>
#include <system_error>
#include <utility>

namespace dsql::detail {

token_cache::token_cache(make_function make, activity_function activity)
    : make_(std::move(make)), activity_(std::move(activity)) {}

token_cache::~token_cache() {
    std::shared_ptr<token_flight> under_way;
    {
        const std::lock_guard lock(mutex_);
        under_way = in_flight_;
    }
    if (under_way) {
        under_way->stop();
    }
    worker_.join();
}

bool token_cache::is_good(clock::time_point now) const noexcept {
    // A wall clock set back would make a token of the future, which a server refuses.
    return current_.token != nullptr && now >= current_.not_before && now < current_.reuse_until;
}

token_cache::shared_token token_cache::get(clock::time_point now, const call_limits& limits) {
    for (;;) {
        std::unique_lock lock(mutex_);
        if (is_good(now)) {
            return current_.token;
        }
        const bool leads = !in_flight_;
        if (leads) {
            throw_if_struck(limits, activity_);
            in_flight_ = std::make_shared<token_flight>();
        }
        const std::shared_ptr<token_flight> joined = in_flight_;
        const bool is_late = joined->join();
        if (leads) {
            start(lock, limits);
        } else {
            lock.unlock();
        }
        const token_flight::outcome ended = joined->wait(limits, activity_);
        if (!ended.failure) {
            return *ended.value;
        }
        if (!is_late) {  // else it was stopped because others had given up: another try
            std::rethrow_exception(ended.failure);
        }
    }
}

// Makes the token here where the caller cannot give up, else on a thread.
void token_cache::start(std::unique_lock<std::mutex>& lock, const call_limits& limits) {
    const std::shared_ptr<token_flight> started = in_flight_;
    if (is_unlimited(limits)) {
        lock.unlock();
        make_for(*started, {});
        return;
    }
    try {
        worker_.start([this, started] { make_for(*started, started->stop_token()); });
    } catch (const std::system_error& failure) {
        in_flight_.reset();
        started->fail(std::make_exception_ptr(
            credentials_error(std::string("no thread to make a token on: ") + failure.what())));
    }
    lock.unlock();
}

void token_cache::make_for(token_flight& waiting, const std::stop_token& stop) noexcept {
    try {
        entry made = make_(stop);
        shared_token token = made.token;
        {
            const std::lock_guard lock(mutex_);
            current_ = std::move(made);
            in_flight_.reset();
        }
        waiting.succeed(std::move(token));
    } catch (...) {
        {
            const std::lock_guard lock(mutex_);
            in_flight_.reset();
        }
        waiting.fail(std::current_exception());
    }
}

void token_cache::invalidate() noexcept {
    const std::lock_guard lock(mutex_);
    current_ = {};
}

}  // namespace dsql::detail
