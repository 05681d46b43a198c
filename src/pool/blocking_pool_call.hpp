// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/error.hpp>
#include <dsql/operation.hpp>

#include "pg/io/call_control.hpp"
#include "pool/pool_access.hpp"

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
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
    /// empty, the first step throws `error`.
    blocking_pool_call(pool& of, function work, function when_closed = {})
        : call_(std::make_shared<call>(pool_access::of(of), std::move(work))),
          when_closed_(std::move(when_closed)) {}
    ~blocking_pool_call() override {
        const std::lock_guard lock(call_->mutex);
        call_->is_abandoned = true;
    }

    wait_for step() override {
        if (!std::exchange(has_begun_, true)) {
            begin();
        }
        const std::lock_guard lock(call_->mutex);
        if (call_->failure) {
            std::rethrow_exception(std::exchange(call_->failure, nullptr));
        }
        return call_->value ? wait_for::done : wait_for::wakeup;
    }
    [[nodiscard]] int socket() const noexcept override { return -1; }
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> step_by()
        const noexcept override {
        return std::nullopt;
    }
    // The call is given up by the destructor; its thread cannot be stopped.
    void cancel() noexcept override {
        const std::lock_guard lock(call_->mutex);
        if (!call_->value) {
            call_->failure = cancelled();
        }
    }
    void on_wakeup(std::function<void()> wake) override {
        call_->control.on_wakeup(std::move(wake));
    }
    [[nodiscard]] std::shared_ptr<socket_attachment>* attachment() noexcept override {
        return nullptr;
    }
    [[nodiscard]] T take() override {
        if constexpr (!std::is_void_v<T>) {
            return *std::move(call_->value);
        }
    }

private:
    struct call {
        call(std::shared_ptr<implementation> of, function blocking)
            : pool(std::move(of)), work(std::move(blocking)) {}

        void run() noexcept {
            std::exception_ptr thrown;
            std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> returned;
            try {
                if constexpr (std::is_void_v<T>) {
                    work(*pool);
                    returned = true;
                } else {
                    returned.emplace(work(*pool));
                }
            } catch (...) {
                thrown = std::current_exception();
            }
            const std::lock_guard lock(mutex);
            if (!is_abandoned) {
                value = std::move(returned);
                failure = thrown;
                control.wake();
            }
        }

        const std::shared_ptr<implementation> pool;
        function work;
        pg::call_control control{};

        std::mutex mutex{};  // guards the rest
        bool is_abandoned = false;
        std::optional<std::conditional_t<std::is_void_v<T>, bool, T>> value{};
        std::exception_ptr failure{};
    };

    void begin() {
        try {
            call_->pool->engine().run_elsewhere([shared = call_] { shared->run(); });
        } catch (const error&) {
            if (!when_closed_) {
                throw;
            }
            call_->work = when_closed_;
            call_->run();
        }
    }
    [[nodiscard]] static std::exception_ptr cancelled() noexcept {
        try {
            throw cancelled_error("stopped while waiting for a thread of the pool");
        } catch (...) {
            return std::current_exception();
        }
    }

    const std::shared_ptr<call> call_;
    const function when_closed_;
    bool has_begun_ = false;
};

}  // namespace dsql::detail
