// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/operation.hpp>

#include "pg/io/call_control.hpp"
#include "pg/io/operation_outcome.hpp"
#include "pool/pool_access.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace dsql::detail {

/// A function of a pool that blocks, run on a thread of the pool, as an operation for callers that
/// must not block. If it is given up, the function runs on to its end.
template <class T>
class blocking_pool_call final : public operation_of<T> {
public:
    using implementation = pool_access::implementation;
    using function = std::function<T(implementation&)>;

    /// `work` is called with the pool's implementation, which it keeps alive. A pool that is closed
    /// has no threads any more: then `when_closed` is called on the caller's thread, and if it is
    /// empty, the operation fails with `error`.
    blocking_pool_call(pool& of, function work, function when_closed = {})
        : call_(std::make_shared<call>(pool_access::of(of), std::move(work))),
          when_closed_(std::move(when_closed)) {}

    wait_for step() noexcept override {
        if (!std::exchange(has_begun_, true) && !is_over()) {
            begin();
        }
        return is_over() ? wait_for::done : wait_for::wakeup;
    }
    [[nodiscard]] int socket() const noexcept override { return -1; }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept override {
        return std::nullopt;
    }
    // Its thread cannot be stopped, and runs on.
    void cancel() noexcept override {
        const std::lock_guard lock(call_->mutex);
        if (!std::exchange(call_->is_over, true)) {
            call_->is_abandoned = true;
            call_->outcome.attempt([was_begun = has_begun_]() -> wait_for {
                throw cancelled_error(was_begun ? "stopped while a thread of the pool was at work"
                                                : "stopped before it began");
            });
        }
    }
    void on_wakeup(std::function<void()> wake) override {
        call_->control.on_wakeup(std::move(wake));
    }
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept override {
        return nullptr;
    }
    [[nodiscard]] T take() override { return call_->outcome.take(); }

private:
    struct call {
        call(std::shared_ptr<implementation> of, function blocking)
            : pool(std::move(of)), work(std::move(blocking)) {}

        void run() noexcept {
            pg::operation_outcome<T> ended;
            static_cast<void>(ended.attempt([&] {
                ended.take_from([this] { return work(*pool); });
                return wait_for::done;
            }));
            finish(std::move(ended));
        }
        void finish(pg::operation_outcome<T> ended) noexcept {
            const std::lock_guard lock(mutex);
            if (!is_abandoned) {
                is_over = true;
                outcome = std::move(ended);
                control.wake();
            }
        }

        const std::shared_ptr<implementation> pool;
        function work;
        pg::call_control control{};

        std::mutex mutex{};  // guards the rest
        bool is_abandoned = false;
        bool is_over = false;
        pg::operation_outcome<T> outcome{};
    };

    // Without an operation, nobody may be woken any more.
    class abandoned_at_end {
    public:
        explicit abandoned_at_end(call& of) noexcept : of_(of) {}
        abandoned_at_end(const abandoned_at_end&) = delete;
        abandoned_at_end& operator=(const abandoned_at_end&) = delete;
        ~abandoned_at_end() {
            const std::lock_guard lock(of_.mutex);
            of_.is_abandoned = true;
        }

    private:
        call& of_;
    };

    [[nodiscard]] bool is_over() const noexcept {
        const std::lock_guard lock(call_->mutex);
        return call_->is_over;
    }
    void begin() noexcept {
        bool is_closed = false;
        pg::operation_outcome<T> refused;
        const wait_for what = refused.attempt([this, &is_closed] {
            try {
                call_->pool->engine().run_elsewhere([shared = call_] { shared->run(); });
            } catch (const std::system_error& failure) {
                throw error(std::string("the pool cannot start a thread: ") + failure.what());
            } catch (const error&) {
                is_closed = true;
                throw;
            }
            return wait_for::wakeup;
        });
        if (what == wait_for::done && is_closed && when_closed_) {
            call_->work = when_closed_;
            call_->run();
        } else if (what == wait_for::done) {
            call_->finish(std::move(refused));
        }
    }

    const std::shared_ptr<call> call_;
    const abandoned_at_end end_{*call_};
    const function when_closed_;
    bool has_begun_ = false;
};

}  // namespace dsql::detail
