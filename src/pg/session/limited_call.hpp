// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>

#include "pg/io/call_control.hpp"
#include "pg/io/deadline.hpp"
#include "pg/io/input.hpp"
#include "pg/io/step_budget.hpp"
#include "pg/io/task.hpp"
#include "pg/session/session.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace dsql::pg {

/// A call of a session that keeps its limits itself, for drivers that know none: what
/// `session::wait` is for a blocking caller. From its first step to its end, nothing else may use
/// the session. Wakes the event loop when a stop is requested: by the call's own token, or by that
/// of the session's outer limits. The session, the limits and the control outlive it.
template <class T>
class limited_call final : public operation {
public:
    /// `is_part`: of a stream or COPY, whose `command_timeout` counts for each wait.
    limited_call(session& on, task<T> work, const call_limits& limits, call_control& control,
                 bool is_part = false)
        : session_(on),
          limits_(limits),
          control_(control),
          until_(on.deadline_of(limits, is_part)),
          longest_wait_(is_part ? on.longest_wait(limits) : std::nullopt),
          on_stop_(limits.stop(), control),
          on_outer_stop_(on.outer_limits().stop(), control) {
        running_.emplace(std::move(work));
        if (is_part) {  // see session::wait_for_part
            if (const auto reached = limit_reached_now()) {
                running_->interrupt(*reached);
            }
        }
    }
    limited_call(const limited_call&) = delete;
    limited_call& operator=(const limited_call&) = delete;
    /// Closes the connection if the call was given up in the middle of an exchange.
    ~limited_call() override {
        const session::operation_step scope(session_);
        running_.reset();
        if (is_under_way_) {
            session_.set_cancelled(false);
            if (session_.is_in_exchange()) {
                session_.close("its operation was given up");
            }
        }
    }

    wait_for step() override {
        use_.begin(session_);
        is_under_way_ = true;
        const session::operation_step scope(session_);
        session_.set_cancelled(control_.is_cancelled());
        const wait_for what = step_within_limits();
        if (what == wait_for::done) {
            end();
        }
        return what;
    }
    [[nodiscard]] int socket() const override { return running_->socket(); }
    [[nodiscard]] deadline step_by() const override {
        return until_.earlier(wait_until_).earlier(running_->step_by());
    }

    /// What the call returned; call it once, after `done`.
    T take() { return running_->take(); }

private:
    void end() noexcept {
        is_under_way_ = false;
        session_.set_cancelled(false);
        use_.end();
    }
    wait_for step_within_limits() {
        const step_budget budget;
        const wait_for what = running_->step();
        if (what == wait_for::done) {
            return what;
        }
        if (const std::optional<wait_result> why = limit_reached_now()) {
            do {
                running_->interrupt(*why);
            } while (running_->step() != wait_for::done);
            return wait_for::done;
        }
        if (longest_wait_ && has_progressed()) {
            wait_until_ = deadline(*longest_wait_);
        }
        return what;
    }
    // Whether a new wait begins: since the last one, something was sent or received.
    [[nodiscard]] bool has_progressed() {
        const std::uint64_t bytes = session_.is_open() ? bytes_transferred(session_.handle()) : 0;
        const int resumed = running_->times_resumed();
        const bool is_new = bytes != bytes_before_ || resumed != resumed_before_;
        bytes_before_ = bytes;
        resumed_before_ = resumed;
        return is_new;
    }
    [[nodiscard]] std::optional<wait_result> limit_reached_now() const {
        if (control_.is_cancelled() || session_.is_stopped(limits_)) {
            return wait_result::stopped;
        }
        const deadline limit = until_.earlier(wait_until_);
        if (limit.at() && *limit.at() <= deadline::clock::now()) {
            return wait_result::timed_out;
        }
        return std::nullopt;
    }

    session& session_;
    session::operation_use use_{};  // ends after `running_` has been destroyed
    std::optional<composite_operation<T>> running_{};
    const call_limits& limits_;
    const call_control& control_;
    const deadline until_;
    const std::optional<std::chrono::milliseconds> longest_wait_;
    deadline wait_until_{};
    std::uint64_t bytes_before_ = 0;
    int resumed_before_ = 0;
    bool is_under_way_ = false;
    const wake_on_stop on_stop_;
    const wake_on_stop on_outer_stop_;
};

}  // namespace dsql::pg
