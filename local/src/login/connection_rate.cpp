// SPDX-License-Identifier: Apache-2.0
#include "login/connection_rate.hpp"

#include <algorithm>

namespace dsql_local {
namespace {

std::chrono::nanoseconds interval_of(std::uint32_t per_second) {
    constexpr std::chrono::nanoseconds second = std::chrono::seconds(1);
    return per_second == 0 ? std::chrono::nanoseconds(0) : second / per_second;
}

}  // namespace

connection_rate::connection_rate(std::uint32_t per_second, std::uint32_t burst)
    : interval_(interval_of(per_second)), capacity_(interval_ * burst) {}

// When the bucket will be full says how many tokens are in it, and is exact where a fraction of a
// token is not: each token missing puts it off by one interval.
bool connection_rate::admit(time_point now) {
    const std::lock_guard lock(mutex_);
    now = latest_ = std::max(latest_, now);
    const time_point full_at = std::max(full_at_, now) + interval_;
    if (full_at - now > capacity_) {
        ++refusals_;
        return false;
    }
    full_at_ = full_at;
    return true;
}

std::uint64_t connection_rate::refusals() const {
    const std::lock_guard lock(mutex_);
    return refusals_;
}

}  // namespace dsql_local
