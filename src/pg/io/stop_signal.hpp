// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/platform.hpp"

#include <functional>
#include <optional>
#include <stop_token>

namespace dsql::pg {

/// Makes stop requests visible to `poll(2)`: its descriptor becomes readable when one of two tokens
/// is stopped. Costs nothing for tokens that can never be stopped.
///
/// The constructor cannot fail, because it runs while a statement, perhaps COMMIT, is in progress.
/// When the process has no descriptor left, the caller must poll the tokens instead: see
/// `must_be_asked`.
class stop_signal {
public:
    explicit stop_signal(const std::stop_token& stop, const std::stop_token& other = {}) noexcept;
    ~stop_signal() = default;
    stop_signal(const stop_signal&) = delete;
    stop_signal& operator=(const stop_signal&) = delete;

    /// Becomes readable when a token is stopped; -1 when that cannot happen, or when the tokens
    /// must be polled.
    [[nodiscard]] int descriptor() const noexcept { return event_ ? event_->descriptor() : -1; }
    /// Whether a token may be stopped without `descriptor` becoming readable.
    [[nodiscard]] bool must_be_asked() const noexcept { return must_be_asked_; }
    /// Whether a stop was requested on one of the two tokens.
    [[nodiscard]] bool stop_requested() const noexcept {
        return stop_.stop_requested() || other_.stop_requested();
    }

private:
    using callback = std::stop_callback<std::function<void()>>;

    std::stop_token stop_{};  // set only when the tokens must be polled
    std::stop_token other_{};
    std::optional<detail::wake_event> event_{};
    bool must_be_asked_ = false;
    // Declared last: their destructors wait for a callback that runs.
    std::optional<callback> callback_;
    std::optional<callback> other_callback_;
};

}  // namespace dsql::pg
