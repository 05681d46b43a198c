// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <stop_token>

namespace dsql::pg {

/// Makes stop requests visible to `poll(2)`: a descriptor that becomes readable with the first of
/// two tokens. Costs nothing for tokens that can never be stopped.
///
/// Making one cannot fail, because it is made while a statement is under way, COMMIT included: when
/// the process has no descriptor left, the tokens have to be asked instead, see `must_be_asked`.
class stop_signal {
public:
    explicit stop_signal(const std::stop_token& stop, const std::stop_token& other = {}) noexcept;
    ~stop_signal();
    stop_signal(const stop_signal&) = delete;
    stop_signal& operator=(const stop_signal&) = delete;

    /// Readable once stopped; -1 when that cannot happen, or when the tokens must be asked.
    [[nodiscard]] int descriptor() const noexcept { return ends_[0]; }
    /// Whether a stop is possible that `descriptor` will not show.
    [[nodiscard]] bool must_be_asked() const noexcept { return must_be_asked_; }
    /// Whether one of the two tokens has been stopped.
    [[nodiscard]] bool stop_requested() const noexcept {
        return stop_.stop_requested() || other_.stop_requested();
    }

private:
    using callback = std::stop_callback<std::function<void()>>;

    std::stop_token stop_{};  // these two only where they must be asked
    std::stop_token other_{};
    int ends_[2] = {-1, -1};
    bool must_be_asked_ = false;
    std::optional<callback> callback_;
    std::optional<callback> other_callback_;
};

}  // namespace dsql::pg
