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

// The time at which the bucket will be full tells how many tokens it holds: each missing token is
// one interval. Unlike a fraction of a token, this time is exact.
bool connection_rate::admit(time_point now) {
    const std::lock_guard lock(mutex_);
    now = latest_ = std::max(latest_, now);
    const time_point full_at = std::max(full_at_, now) + interval_;
    if (full_at - now > capacity_) {
        ++rejected_;
        return false;
    }
    full_at_ = full_at;
    return true;
}

std::uint64_t connection_rate::rejected_count() const {
    const std::lock_guard lock(mutex_);
    return rejected_;
}

}  // namespace dsql_local
