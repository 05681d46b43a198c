// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/waker.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

namespace dsql::pg {

/// Wakes a caller when a stop is requested.
class wake_on_stop {
public:
    wake_on_stop(const std::stop_token& stop, detail::waker& woken) {
        if (stop.stop_possible()) {
            callback_.emplace(stop, wake{woken});
        }
    }

private:
    struct wake {
        detail::waker& woken;
        void operator()() const noexcept { woken.wake(); }
    };

    std::optional<std::stop_callback<wake>> callback_{};
};

/// How the event loop of an operation in steps is woken, and how it cancels the operation.
class call_control final : public detail::waker {
public:
    /// `wake` may be empty. Call it before the first step.
    void on_wakeup(std::function<void()> wake) { wake_ = std::move(wake); }
    void wake() noexcept override {
        if (wake_) {
            wake_();
        }
    }
    void cancel() noexcept { is_cancelled_ = true; }
    [[nodiscard]] bool is_cancelled() const noexcept { return is_cancelled_; }

private:
    std::function<void()> wake_{};
    bool is_cancelled_ = false;
};

}  // namespace dsql::pg
