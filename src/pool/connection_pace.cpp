// SPDX-License-Identifier: Apache-2.0
#include "pool/connection_pace.hpp"

#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

namespace dsql::detail {

namespace {

using namespace std::chrono_literals;
using pace_seconds = std::chrono::duration<double>;

// These values were chosen with the simulation in tests/fleet: of those tried, they connect fleets
// of 20 to 1000 processes in the shortest time with at most one refusal for each connection.
constexpr pace_seconds shortest_first_pause = 2s;
constexpr pace_seconds longest_pause = 12s;
constexpr pace_seconds longest_pause_without_connection = 1.5s;
constexpr pace_seconds half_life = 12s;
constexpr double growth_after_success = 4;
constexpr double growth_after_refusal = 3;
constexpr double shrinkage = 0.65;
constexpr double pause_jitter = 0.1;

// A connect that takes longer than this no longer delays the next.
constexpr auto longest_hold_up = 250ms;

// More connects at once than any process begins.
constexpr int most_of_any_process = 1'000'000;

}  // namespace

token_bucket::clock::duration token_bucket::wait(clock::time_point now) noexcept {
    if (now > filled_at_) {
        const double gained = pace_seconds(now - filled_at_).count() * per_second_;
        tokens_ = std::min(tokens_ + gained, capacity_);
        filled_at_ = now;
    }
    // The sum of many small gains may miss a whole token by a rounding error.
    constexpr double rounding = 1e-6;
    if (tokens_ >= 1 - rounding) {
        return clock::duration::zero();
    }
    return std::chrono::ceil<clock::duration>(pace_seconds((1 - tokens_) / per_second_));
}

void token_bucket::drain() noexcept {
    tokens_ = std::min(tokens_, 0.0);
}

void token_bucket::lower_to(double per_second, double capacity) noexcept {
    per_second_ = std::min(per_second_, per_second);
    capacity_ = std::min(capacity_, capacity);
    tokens_ = std::min(tokens_, capacity_);
}

auto connection_pace::next(clock::time_point now) noexcept -> clock::time_point {
    auto at = now + allowance_.wait(now);
    if (pause_ > pace_seconds::zero()) {
        at = std::max(at, paused_until_);
    }
    if (under_way_ >= most_at_once_) {
        at = std::max(at, last_began_ + longest_hold_up);
    }
    return at;
}

void connection_pace::begin(clock::time_point now) noexcept {
    allowance_.take();
    ++under_way_;
    last_began_ = now;
    shorten(now);
    start_pause(now);
}

void connection_pace::end(connect_end how, clock::time_point began,
                          clock::time_point now) noexcept {
    --under_way_;
    switch (how) {
        case connect_end::connected:
            connected(now);
            break;
        case connect_end::refused:
            // What was under way at the last refusal tells nothing new.
            if (began >= refused_at_) {
                refused(now);
            }
            break;
        case connect_end::failed:
            has_connected_ = false;
            most_at_once_ = 1;
            break;
        case connect_end::abandoned:
            break;
    }
}

void connection_pace::connected(clock::time_point now) noexcept {
    has_connected_ = true;
    was_refused_ = false;
    most_at_once_ = std::min(most_at_once_ + 1, most_of_any_process);
    pause_ *= shrinkage;
    const auto until = paused_until_;
    start_pause(now);
    paused_until_ = std::min(paused_until_, until);
}

void connection_pace::refused(clock::time_point now) noexcept {
    shorten(now);
    refused_at_ = now;
    most_at_once_ = 1;
    allowance_.drain();
    pause_ *= was_refused_ ? growth_after_refusal : growth_after_success;
    pause_ = std::clamp(pause_, shortest_first_pause, longest_pause);
    was_refused_ = true;
    if (!has_connected_) {
        pause_ = std::min(pause_, longest_pause_without_connection);
    }
    start_pause(now);
}

void connection_pace::start_pause(clock::time_point now) noexcept {
    if (pause_.count() * allowance_.per_second() <= 1) {
        pause_ = pace_seconds::zero();  // the allowance alone makes the connects as slow
    }
    const auto time = pause_ * uniform_real(1 - pause_jitter, 1 + pause_jitter);
    paused_until_ = now + std::chrono::duration_cast<clock::duration>(time);
}

void connection_pace::shorten(clock::time_point now) noexcept {
    if (pause_ > pace_seconds::zero()) {
        pause_ *= std::exp2(-pace_seconds(now - shortened_at_) / half_life);
    }
    shortened_at_ = now;
}

}  // namespace dsql::detail
