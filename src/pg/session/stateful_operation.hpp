// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/operation.hpp>

#include "pg/io/call_control.hpp"
#include "pg/io/operation_outcome.hpp"
#include "pg/io/task.hpp"
#include "pg/session/session.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace dsql::pg {

/// A task with everything that it needs, as an operation in steps for programs. `State` has `const
/// call_limits& limits()`, `pg::session* session()`, null while it has none, and `void release()`,
/// which lets go of the session. The task keeps the limits itself, see `limited_call`.
template <class T, class State>
class stateful_operation final : public detail::operation_of<T> {
public:
    /// `begin` returns the task for the state and the control, which outlive it.
    template <class Begin>
    stateful_operation(State state, Begin begin) : state_(std::move(state)) {
        running_.emplace(begin(state_, control_));
    }

    wait_for step() noexcept override {
        if (running_) {
            last_ = outcome_.attempt([&] {
                const wait_for what = running_->step();
                if (what == wait_for::done) {
                    outcome_.take_from(*running_);
                }
                return what;
            });
            if (last_ == wait_for::done) {
                running_.reset();  // its memory is the session's
                state_.release();
            }
        }
        return last_;
    }
    [[nodiscard]] int socket() const noexcept override {
        return running_ && last_ != wait_for::wakeup ? running_->socket() : -1;
    }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept override {
        return running_ && last_ != wait_for::done ? running_->step_by().at() : std::nullopt;
    }
    void cancel() noexcept override { control_.cancel(); }
    void on_wakeup(std::function<void()> wake) override {
        control_.on_wakeup(std::move(wake));
        control_.wake_on(state_.limits().stop());
        if (const session* const on = state_.session()) {
            control_.wake_on_outer(on->outer_limits().stop());
        }
    }
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept override {
        session* const on = running_ ? state_.session() : nullptr;
        return on == nullptr || !on->is_open() ? nullptr : &on->attachment();
    }
    [[nodiscard]] T take() override { return outcome_.take(); }

private:
    State state_;
    call_control control_{};
    std::optional<composite_operation<T>> running_{};  // none after the end
    wait_for last_ = wait_for::done;                   // of the last step
    operation_outcome<T> outcome_{};
};

template <class T, class State, class Begin>
[[nodiscard]] dsql::operation<T> make_operation(State state, Begin begin) {
    return dsql::operation<T>(
        std::make_unique<stateful_operation<T, State>>(std::move(state), std::move(begin)));
}

}  // namespace dsql::pg
