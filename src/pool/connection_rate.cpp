// SPDX-License-Identifier: Apache-2.0
#include "pool/connection_rate.hpp"

#include <algorithm>
#include <chrono>
#include <map>

namespace dsql::detail {

namespace {

double capacity_for(int burst) noexcept {
    return std::max(1.0, burst * 0.9);
}

}  // namespace

connection_rate::connection_rate(double per_second, int burst) noexcept
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
    // Global, because the limit is the cluster's and not that of any one pool. Holds nothing alive.
    static std::mutex mutex;
    static std::map<std::string, std::weak_ptr<connection_rate>> rates;
    const std::lock_guard lock(mutex);
    std::weak_ptr<connection_rate>& known = rates[host];
    if (auto shared = known.lock()) {
        shared->restrict_to(per_second, burst);
        return shared;
    }
    auto made = std::make_shared<connection_rate>(per_second, burst);
    known = made;
    return made;
}

}  // namespace dsql::detail
