// SPDX-License-Identifier: Apache-2.0
#include "aws/token/token_cache.hpp"

#include <utility>

namespace dsql::detail {

token_cache::token_cache(std::function<entry()> make) : make_(std::move(make)) {}

bool token_cache::is_good(clock::time_point now) const noexcept {
    // A wall clock set back would make a token of the future, which a server refuses.
    return current_.token != nullptr && now >= current_.not_before && now < current_.reuse_until;
}

token_cache::shared_token token_cache::get(clock::time_point now) {
    std::unique_lock lock(mutex_);
    if (is_good(now)) {
        return current_.token;
    }
    if (in_flight_) {
        const std::shared_future<shared_token> flight = *in_flight_;
        lock.unlock();
        return flight.get();
    }
    std::promise<shared_token> promise;
    in_flight_ = promise.get_future().share();
    lock.unlock();
    return make_and_share(promise);
}

token_cache::shared_token token_cache::make_and_share(std::promise<shared_token>& promise) {
    try {
        entry made = make_();
        shared_token token = made.token;
        {
            const std::lock_guard lock(mutex_);
            current_ = std::move(made);
            in_flight_.reset();
        }
        promise.set_value(token);
        return token;
    } catch (...) {
        {
            const std::lock_guard lock(mutex_);
            in_flight_.reset();
        }
        promise.set_exception(std::current_exception());
        throw;
    }
}

void token_cache::invalidate() noexcept {
    const std::lock_guard lock(mutex_);
    current_ = {};
}

}  // namespace dsql::detail
