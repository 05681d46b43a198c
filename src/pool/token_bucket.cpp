// SPDX-License-Identifier: Apache-2.0
#include "pool/token_bucket.hpp"

#include <algorithm>

namespace dsql::detail {

namespace {

using seconds = std::chrono::duration<double>;

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

void token_bucket::restrict_to(double per_second, double capacity) noexcept {
    per_second_ = std::min(per_second_, per_second);
    capacity_ = std::min(capacity_, capacity);
    tokens_ = std::min(tokens_, capacity_);
}

}  // namespace dsql::detail
