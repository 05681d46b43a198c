// SPDX-License-Identifier: Apache-2.0
#include "pool/connection_rate.hpp"

#include "fork_gate.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace dsql::detail {

namespace {

double capacity_for(int burst) noexcept {
    return std::max(1.0, burst * 0.9);
}

// All rates that pools share. Global, because the limit is the cluster's and not that of any one
// pool. Owns nothing, and has no destructor that could run before the last pool's.
constinit fork_safe_mutex registry_mutex;
constinit connection_rate* first_rate = nullptr;  // guarded by registry_mutex

}  // namespace

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

void connection_rate::restrict_to(double per_second, int burst) noexcept {
    const std::lock_guard lock(mutex_);
    bucket_.restrict_to(per_second, capacity_for(burst));
}

std::shared_ptr<connection_rate> shared_connection_rate(const std::string& host, double per_second,
                                                        int burst) {
    const std::lock_guard lock(registry_mutex);
    for (connection_rate* known = first_rate; known != nullptr; known = known->next_) {
        // Those of a parent process are left alone: a thread of its own may have held their locks.
        if (known->host_ != host || known->made_in_.is_in_child()) {
            continue;
        }
        if (auto shared = known->weak_from_this().lock()) {
            shared->restrict_to(per_second, burst);
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

// With the lock.
void connection_rate::enter_registry(const std::string& host) {
    host_ = host;
    next_ = std::exchange(first_rate, this);
    if (next_ != nullptr) {
        next_->previous_ = this;
    }
}

}  // namespace dsql::detail
