// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>
#include <dsql/operation.hpp>

#include "pg/io/call_control.hpp"
#include "pg/io/task.hpp"
#include "pg/session/session.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

namespace dsql::pg {

/// A task with everything that it needs, as an operation in steps for programs. `State` has `const
/// call_limits& limits()` and `pg::session* session()`, null while it has none. The task keeps the
/// limits itself, see `limited_call`.
template <class T, class State>
class stateful_operation final : public detail::operation_of<T> {
public:
    /// `begin` returns the task for the state and the control, which outlive it.
    template <class Begin>
    stateful_operation(State state, Begin begin)
        : state_(std::move(state)), running_(begin(state_, control_)) {}

    wait_for step() override {
        last_ = wait_for::done;  // if it throws
        last_ = running_.step();
        return last_;
    }
    [[nodiscard]] int socket() const noexcept override {
        return is_waiting() && last_ != wait_for::wakeup ? running_.socket() : -1;
    }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept override {
        return is_waiting() ? running_.step_by().at() : std::nullopt;
    }
    void cancel() noexcept override { control_.cancel(); }
    void on_wakeup(std::function<void()> wake) override {
        control_.on_wakeup(std::move(wake));
        watch(on_stop_, state_.limits().stop());
        if (const session* const on = state_.session()) {
            watch(on_outer_stop_, on->outer_limits().stop());
        }
    }
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept override {
        session* const on = state_.session();
        return on == nullptr || !on->is_open() ? nullptr : &on->attachment();
    }
    [[nodiscard]] T take() override { return running_.take(); }

private:
    struct stop_request {
        call_control& control;
        void operator()() const noexcept { control.wake(); }
    };

    using stop_watch = std::optional<std::stop_callback<stop_request>>;

    void watch(stop_watch& by, const std::stop_token& stop) {
        if (stop.stop_possible()) {
            by.emplace(stop, stop_request{control_});
        }
    }
    [[nodiscard]] bool is_waiting() const noexcept { return last_ != wait_for::done; }

    State state_;
    call_control control_{};
    composite_operation<T> running_;
    wait_for last_ = wait_for::done;
    stop_watch on_stop_{};
    stop_watch on_outer_stop_{};
};

template <class T, class State, class Begin>
[[nodiscard]] dsql::operation<T> make_operation(State state, Begin begin) {
    return dsql::operation<T>(
        std::make_unique<stateful_operation<T, State>>(std::move(state), std::move(begin)));
}

}  // namespace dsql::pg
