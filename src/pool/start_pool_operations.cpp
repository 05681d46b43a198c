// SPDX-License-Identifier: Apache-2.0
// What a pool does, as operations in steps: each acquires a connection, runs its call and gives the
// connection back.
#include <dsql/bulk_operation.hpp>
#include <dsql/operation.hpp>

#include "pg/bulk/bulk_calls.hpp"
#include "pg/io/call_control.hpp"
#include "pg/io/operation_outcome.hpp"
#include "pg/session/limited_call.hpp"
#include "pg/session/session.hpp"
#include "pg/session/session_access.hpp"
#include "pg/session/session_calls.hpp"
#include "pool/acquire_in_steps.hpp"
#include "pool/blocking_pool_call.hpp"
#include "pool/pool_access.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace dsql::detail {

namespace {

using pg::limited_call;
using pg::session;

// A call on a connection of a pool. `Call` has the call's arguments, see session_calls.hpp.
template <class T, class Call>
class pool_operation final : public operation_of<T> {
public:
    pool_operation(pool& on, const call_limits& limits, Call call)
        : limits_(limits),
          call_(std::move(call)),
          stage_(std::in_place_type<acquire_in_steps>, pool_access::of(on), limits_, call_.where(),
                 control_) {}

    wait_for step() noexcept override {
        if (!std::holds_alternative<std::monostate>(stage_)) {
            last_ = outcome_.attempt([this] { return advance(); });
            if (last_ == wait_for::done) {
                end();
            }
        }
        return last_;
    }
    [[nodiscard]] int socket() const noexcept override {
        const auto* const running = std::get_if<running_call>(&stage_);
        return running == nullptr ? -1 : running->socket();
    }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept override {
        if (const auto* const acquiring = std::get_if<acquire_in_steps>(&stage_)) {
            return acquiring->step_by().at();
        }
        const auto* const running = std::get_if<running_call>(&stage_);
        return running == nullptr ? std::nullopt : running->step_by().at();
    }
    void cancel() noexcept override { control_.cancel(); }
    void on_wakeup(std::function<void()> wake) override { control_.on_wakeup(std::move(wake)); }
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept override {
        return std::holds_alternative<running_call>(stage_) && (*connection_)->is_open()
                   ? &pg::session_access::of(**connection_).attachment()
                   : nullptr;
    }
    [[nodiscard]] T take() override { return outcome_.take(); }

private:
    using running_call = limited_call<typename Call::task_result>;

    wait_for advance() {
        if (auto* const acquiring = std::get_if<acquire_in_steps>(&stage_)) {
            if (!acquiring->step()) {
                return wait_for::wakeup;
            }
            connection_.emplace(acquiring->take());
            begin_call();
        }
        auto& running = std::get<running_call>(stage_);
        const wait_for what = running.step();
        if (what == wait_for::done) {
            outcome_.take_from([&] { return call_.finish(running); });
        }
        return what;
    }
    void begin_call() {
        session& on = pg::session_access::of(**connection_);
        const auto pin = [this] {
            return pg::session_access::pin(**connection_);
        };
        stage_.template emplace<running_call>(on, call_.start(on, pin, limits_), limits_, control_,
                                              Call::is_part);
    }
    // Gives the connection back, in the order of the destructor: the call's memory is the
    // session's.
    void end() noexcept {
        stage_.template emplace<std::monostate>();
        call_.release();
        connection_.reset();
    }

    const call_limits limits_;
    std::optional<pooled_connection> connection_{};
    Call call_;
    pg::call_control control_{};
    std::variant<acquire_in_steps, running_call, std::monostate> stage_;
    wait_for last_ = wait_for::wakeup;
    pg::operation_outcome<T> outcome_{};
};

template <class T, class Call>
operation<T> start(pool& on, const call_limits& limits, Call call) {
    return operation<T>(std::make_unique<pool_operation<T, Call>>(on, limits, std::move(call)));
}

// An acquire alone.
class acquire_only final : public operation_of<pooled_connection> {
public:
    acquire_only(pool& on, const call_limits& limits, const source_location& where)
        : limits_(limits),
          where_(where),
          acquiring_(std::in_place, pool_access::of(on), limits_, where_, control_) {}

    wait_for step() noexcept override {
        if (acquiring_) {
            const wait_for what = outcome_.attempt([this] {
                if (!acquiring_->step()) {
                    return wait_for::wakeup;
                }
                outcome_.take_from([this] { return acquiring_->take(); });
                return wait_for::done;
            });
            if (what == wait_for::done) {
                acquiring_.reset();
            }
            return what;
        }
        return wait_for::done;
    }
    [[nodiscard]] int socket() const noexcept override { return -1; }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept override {
        return acquiring_ ? acquiring_->step_by().at() : std::nullopt;
    }
    void cancel() noexcept override { control_.cancel(); }
    void on_wakeup(std::function<void()> wake) override { control_.on_wakeup(std::move(wake)); }
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept override {
        return nullptr;
    }
    [[nodiscard]] pooled_connection take() override { return outcome_.take(); }

private:
    const call_limits limits_;
    const source_location where_;
    pg::call_control control_{};
    std::optional<acquire_in_steps> acquiring_;
    pg::operation_outcome<pooled_connection> outcome_{};
};

}  // namespace

operation<result> start_statement(pool& on, const call_limits& limits, owned_statement sql) {
    return start<result>(on, limits, pg::statement_call(std::move(sql)));
}

operation<chunk_source> start_stream(pool& on, const call_limits& limits, owned_statement sql) {
    return start<chunk_source>(on, limits, pg::stream_call(std::move(sql)));
}

operation<copy_buffer> start_copy_in(pool& on, const call_limits& limits, copy_target target,
                                     source_location where) {
    return start<copy_buffer>(on, limits, pg::copy_in_call(std::move(target), where));
}

operation<copy_buffer> start_copy_in(pool& on, const call_limits& limits, owned_statement sql) {
    return start<copy_buffer>(on, limits, pg::copy_in_of_data_call(std::move(sql)));
}

operation<copy_source> start_copy_out(pool& on, const call_limits& limits, copy_target target,
                                      source_location where) {
    return start<copy_source>(on, limits, pg::copy_out_call(std::move(target), where));
}

operation<batch_results> start_batch(pool& on, const call_limits& limits, batch statements) {
    return start<batch_results>(on, limits, pg::batch_call(std::move(statements)));
}

}  // namespace dsql::detail

namespace dsql {

operation<batch_results> start_batch(pool& on, const call_limits& limits, batch statements) {
    return detail::start_batch(on, limits, std::move(statements));
}

operation<pooled_connection> start_acquire(pool& from, const call_limits& limits,
                                           source_location where) {
    return operation<pooled_connection>(
        std::make_unique<detail::acquire_only>(from, limits, where));
}

operation<transaction> start_begin(pool& on, const call_limits& limits,
                                   const transaction_options& options, source_location where) {
    return detail::start<transaction>(on, limits, pg::begin_call(options, where));
}

operation<void> start_warm_up(pool& on, int connections, std::chrono::milliseconds timeout) {
    return operation<void>(std::make_unique<detail::blocking_pool_call<void>>(
        on,
        [connections, until = pg::deadline(std::max(timeout, std::chrono::milliseconds(0)))](
            detail::pool_access::implementation& of) { of.warm_up(connections, *until.at()); }));
}

operation<int> start_close(pool& on, std::chrono::milliseconds timeout) {
    return operation<int>(std::make_unique<detail::blocking_pool_call<int>>(
        on,
        [until = pg::deadline(std::max(timeout, std::chrono::milliseconds(0)))](
            detail::pool_access::implementation& of) {
            of.close();
            return of.engine().wait_until_returned(*until.left());
        },
        [](detail::pool_access::implementation& of) {
            return of.engine().wait_until_returned(std::chrono::milliseconds(0));
        }));
}

operation<void> start_ping(pool& on, const call_limits& limits, source_location where) {
    return detail::start<void>(on, limits, pg::ping_call(where));
}

}  // namespace dsql
