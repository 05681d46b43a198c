// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace dsql::pg {

/// A point in time on the steady clock; a default-constructed deadline never passes.
class deadline {
public:
    using clock = std::chrono::steady_clock;

    deadline() = default;
    explicit deadline(std::optional<clock::time_point> at) : at_(at) {}
    /// A duration of more than a century is cut to a century, because the clock could overflow.
    explicit deadline(std::chrono::milliseconds from_now)
        : at_(clock::now() + std::min<std::chrono::milliseconds>(from_now, longest)) {}

    [[nodiscard]] const std::optional<clock::time_point>& at() const noexcept { return at_; }

    /// Returns the earlier of the two deadlines.
    [[nodiscard]] deadline earlier(const deadline& other) const {
        return !at_ || (other.at_ && *other.at_ < *at_) ? other : *this;
    }

    /// Whether this is earlier than another.
    [[nodiscard]] bool is_before(const deadline& other) const {
        return at_ && (!other.at_ || *at_ < *other.at_);
    }

    /// Returns the time left, rounded up so that a wait of that length reaches the deadline, and
    /// never negative. None without a deadline.
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
