// SPDX-License-Identifier: Apache-2.0
#include "pool/connection_rate.hpp"

#include "base/fork_guard.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace dsql::detail {

namespace {

using seconds = std::chrono::duration<double>;

double capacity_for(int burst) noexcept {
    return std::max(1.0, burst * 0.9);
}

// The list of all shared rates. It is global because the limit belongs to the cluster, not to a
// pool. It owns nothing and has no destructor, because a destructor could run before that of the
// last pool.
constinit fork_safe_mutex registry_mutex;
constinit connection_rate* first_rate = nullptr;  // guarded by registry_mutex

}  // namespace

token_bucket::clock::duration token_bucket::take(clock::time_point now) noexcept {
    if (now > filled_at_) {
        const double gained = seconds(now - filled_at_).count() * per_second_;
        tokens_ = std::min(tokens_ + gained, capacity_);
        filled_at_ = now;
    }
    tokens_ -= 1;
    if (tokens_ >= 0) {
        return clock::duration::zero();
    }
    return std::chrono::ceil<clock::duration>(seconds(-tokens_ / per_second_));
}

void token_bucket::give_back() noexcept {
    tokens_ = std::min(tokens_ + 1, capacity_);
}

void token_bucket::drain() noexcept {
    tokens_ = std::min(tokens_, 0.0);
}

void token_bucket::lower_to(double per_second, double capacity) noexcept {
    per_second_ = std::min(per_second_, per_second);
    capacity_ = std::min(capacity_, capacity);
    tokens_ = std::min(tokens_, capacity_);
}

connection_rate::connection_rate(double per_second, int burst)
    : bucket_(per_second, capacity_for(burst)) {}

bool connection_rate::take(const std::stop_token& stop) {
    using clock = token_bucket::clock;
    std::unique_lock lock(mutex_);
    const auto now = clock::now();
    const clock::duration wait = bucket_.take(now);
    if (wait > clock::duration::zero()) {
        never_notified_.wait_until(lock, stop, now + wait, [] { return false; });
    }
    if (stop.stop_requested()) {
        bucket_.give_back();
        return false;
    }
    return true;
}

void connection_rate::exceeded() noexcept {
    const std::lock_guard lock(mutex_);
    bucket_.drain();
}

void connection_rate::lower_to(double per_second, int burst) noexcept {
    const std::lock_guard lock(mutex_);
    bucket_.lower_to(per_second, capacity_for(burst));
}

std::shared_ptr<connection_rate> shared_connection_rate(const std::string& host, double per_second,
                                                        int burst) {
    const std::lock_guard lock(registry_mutex);
    for (connection_rate* known = first_rate; known != nullptr; known = known->next_) {
        // Rates of a parent process are skipped: one of its threads may have held their locks at
        // the fork.
        if (known->host_ != host || known->made_in_.is_in_child()) {
            continue;
        }
        if (auto shared = known->weak_from_this().lock()) {
            shared->lower_to(per_second, burst);
            return shared;
        }
    }
    auto made = std::make_shared<connection_rate>(per_second, burst);
    made->enter_registry(host);
    return made;
}

connection_rate::~connection_rate() {
    if (host_.empty()) {
        return;
    }
    const std::lock_guard lock(registry_mutex);
    (previous_ != nullptr ? previous_->next_ : first_rate) = next_;
    if (next_ != nullptr) {
        next_->previous_ = previous_;
    }
}

// Precondition: the caller holds registry_mutex.
void connection_rate::enter_registry(const std::string& host) {
    host_ = host;
    next_ = std::exchange(first_rate, this);
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
}

}  // namespace dsql::detail
