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
    explicit deadline(std::chrono::milliseconds from_now) : at_(clock::now() + from_now) {}
    explicit deadline(clock::time_point at) : at_(at) {}

    [[nodiscard]] const std::optional<clock::time_point>& at() const noexcept { return at_; }

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
    std::optional<clock::time_point> at_;
};

}  // namespace dsql::pg
