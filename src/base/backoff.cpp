// SPDX-License-Identifier: Apache-2.0
#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace dsql::detail {

void interruptible_pause(std::chrono::milliseconds time, const std::stop_token& stop) {
    static_cast<void>(interruptible_sleep_until(std::chrono::steady_clock::now() + time, stop));
}

std::chrono::milliseconds backoff(int attempt, bool throttled) {
    const long long longest =
        std::min(20'000LL, (throttled ? 500LL : 50LL) << std::clamp(attempt - 1, 0, 10));
    return std::chrono::milliseconds(std::llround(uniform_real(0, static_cast<double>(longest))));
}

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{10};
constexpr milliseconds longest_pause{1'000};
constexpr int doublings = 7;  // 10 ms doubled seven times exceeds the longest delay

milliseconds jittered(milliseconds pause) {
    return std::chrono::duration_cast<milliseconds>(pause * uniform_real(0.75, 1.25));
}

milliseconds pause_after(int failures) {
    return std::min(first_pause * (1 << std::min(failures - 1, doublings)), longest_pause);
}

}  // namespace

connect_backoff::clock::time_point connect_backoff::reserve(clock::time_point now) {
    if (failures_ == 0) {
        return now;
    }
    const auto at = std::max(now, next_);
    next_ = at + jittered(pause_after(failures_));
    return at;
}

void connect_backoff::failed(clock::time_point started, clock::time_point now) {
    if (failures_ > 0 && started <= failed_at_) {
        return;
    }
    ++failures_;
    failed_at_ = now;
    pause_ = jittered(pause_after(failures_));
    next_ = std::max(next_, now + pause_);
}

void connect_backoff::succeeded() noexcept {
    if (failures_ > 0) {
        failures_ = 0;
        ++recoveries_;
    }
}

}  // namespace dsql::detail
