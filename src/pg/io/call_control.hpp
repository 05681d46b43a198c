// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/waker.hpp"

#include <functional>
#include <utility>

namespace dsql::pg {

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
