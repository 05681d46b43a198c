// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace dsql::pg {

/// A moment on the steady clock until which something may take; none: for ever.
class deadline {
public:
    using clock = std::chrono::steady_clock;

    deadline() = default;
    explicit deadline(std::optional<clock::time_point> at) : at_(at) {}
    /// More than a century counts as one: the clock could not count it.
    explicit deadline(std::chrono::milliseconds from_now)
        : at_(clock::now() + std::min<std::chrono::milliseconds>(from_now, longest)) {}

    [[nodiscard]] const std::optional<clock::time_point>& at() const noexcept { return at_; }

    /// The earlier of this and another.
    [[nodiscard]] deadline earlier(const deadline& other) const {
        return !at_ || (other.at_ && *other.at_ < *at_) ? other : *this;
    }

    /// Time left, rounded up so that a wait of that long reaches the deadline; not negative. None
    /// without a deadline.
    [[nodiscard]] std::optional<std::chrono::milliseconds> left() const {
        if (!at_) {
            return std::nullopt;
        }
        return std::max(std::chrono::ceil<std::chrono::milliseconds>(*at_ - clock::now()),
                        std::chrono::milliseconds(0));
    }

private:
    static constexpr std::chrono::milliseconds longest = std::chrono::years(100);

    std::optional<clock::time_point> at_;
};

}  // namespace dsql::pg
