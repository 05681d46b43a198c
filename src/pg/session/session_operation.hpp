// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/detail/session_pin.hpp>
#include <dsql/operation.hpp>

#include "pg/io/call_control.hpp"
#include "pg/io/operation_outcome.hpp"
#include "pg/session/limited_call.hpp"
#include "pg/session/session.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace dsql::pg {

/// A call on a session, as an operation in steps for programs. `Call` has the call's arguments, see
/// session_calls.hpp. Without a session, what the call was a part of is over: the result is that of
/// `Call::after_end`.
template <class T, class Call>
class session_operation final : public detail::operation_of<T> {
public:
    session_operation(detail::session_pin on, const call_limits& limits, Call call)
        : pin_(std::move(on)), limits_(limits), call_(std::move(call)) {}

    wait_for step() noexcept override {
        if (!is_over_) {
            last_ = outcome_.attempt([this] { return advance(); });
            if (last_ == wait_for::done) {
                end();
            }
        }
        return last_;
    }
    [[nodiscard]] int socket() const noexcept override {
        return running_ && last_ != wait_for::done ? running_->socket() : -1;
    }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept override {
        return running_ ? running_->step_by().at() : std::nullopt;
    }
    void cancel() noexcept override { control_.cancel(); }
    void on_wakeup(std::function<void()> wake) override { control_.on_wakeup(std::move(wake)); }
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept override {
        return running_ && pin_->is_open() ? &pin_->attachment() : nullptr;
    }
    [[nodiscard]] T take() override { return outcome_.take(); }

private:
    wait_for advance() {
        if (!running_) {
            if constexpr (Call::goes_on) {
                if (!pin_ || (!control_.is_cancelled() && call_.has_arrived())) {
                    outcome_.take_from([this] { return call_.at_once(); });
                    return wait_for::done;
                }
            }
            running_.emplace(*pin_,
                             call_.start(
                                 *pin_, [this] { return pin_; }, limits_),
                             limits_, control_, Call::is_part);
        }
        const wait_for what = running_->step();
        if (what == wait_for::done) {
            outcome_.take_from([this] { return call_.finish(*running_); });
        }
        return what;
    }
    // In the order of the destructor: what the call has used of the session comes before the
    // session.
    void end() noexcept {
        is_over_ = true;
        running_.reset();
        call_.release();
        pin_.reset();
    }

    detail::session_pin pin_;
    const call_limits limits_;
    Call call_;
    call_control control_{};
    std::optional<limited_call<typename Call::task_result>> running_{};
    wait_for last_ = wait_for::done;  // of the last step
    bool is_over_ = false;
    operation_outcome<T> outcome_{};
};

/// Makes one. `limits` count from now.
template <class T, class Call>
[[nodiscard]] dsql::operation<T> make_session_operation(detail::session_pin on,
                                                        const call_limits& limits, Call call) {
    return dsql::operation<T>(
        std::make_unique<session_operation<T, Call>>(std::move(on), limits, std::move(call)));
}

}  // namespace dsql::pg
