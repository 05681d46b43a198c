// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/waker.hpp"

#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

namespace dsql::pg {

/// How the event loop of an operation in steps is woken, and how it cancels the operation.
class call_control final : public detail::waker {
public:
    /// `wake` may be empty. Call it before the first step, and before the functions below.
    void on_wakeup(std::function<void()> wake) { wake_ = std::move(wake); }
    /// Wakes the event loop when a stop is requested: of the call's own token, and of the token
    /// that the session has in addition.
    ///@{
    void wake_on(const std::stop_token& stop) { watch(on_stop_, stop); }
    void wake_on_outer(const std::stop_token& stop) { watch(on_outer_stop_, stop); }
    ///@}

    void wake() noexcept override {
        if (wake_) {
            wake_();
        }
    }
    void cancel() noexcept { is_cancelled_ = true; }
    [[nodiscard]] bool is_cancelled() const noexcept { return is_cancelled_; }

private:
    struct stop_request {
        call_control& control;
        void operator()() const noexcept { control.wake(); }
    };
    using stop_watch = std::optional<std::stop_callback<stop_request>>;

    void watch(stop_watch& by, const std::stop_token& stop) {
        if (stop.stop_possible()) {
            by.emplace(stop, stop_request{*this});
        }
    }

    std::function<void()> wake_{};
    bool is_cancelled_ = false;
    stop_watch on_stop_{};
    stop_watch on_outer_stop_{};
};

}  // namespace dsql::pg
