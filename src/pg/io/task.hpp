// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/io/operation.hpp"

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace dsql::pg {

/// The state that the coroutines of one composite operation share.
struct task_context {
    operation* awaited = nullptr;         ///< null if the coroutine can continue
    std::coroutine_handle<> innermost{};  ///< the coroutine that waits
    std::exception_ptr failure{};         ///< the exception that the operation threw
};

/// A coroutine that runs several operations one after the other by awaiting each of them. It starts
/// when another task awaits it or a `composite_operation` runs it. It never blocks. Objects that
/// are passed to a task by reference must outlive it. Each task allocates its frame, so tasks are
/// not used on the fast path.
template <class T>
class task {
public:
    class promise_type {
    public:
        task get_return_object() { return task(handle::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        auto final_suspend() noexcept {
            struct back_to_caller {
                bool await_ready() noexcept { return false; }
                std::coroutine_handle<> await_suspend(handle ended) noexcept {
                    const std::coroutine_handle<> caller = ended.promise().caller_;
                    return caller ? caller : std::noop_coroutine();
                }
                void await_resume() noexcept {}
            };
            return back_to_caller{};
        }
        void return_value(T value) { value_.emplace(std::move(value)); }
        void unhandled_exception() noexcept { failure_ = std::current_exception(); }

        /// Awaits an operation. The coroutine continues when the operation is done. Rethrows what
        /// the operation throws.
        auto await_transform(operation& awaited) noexcept {
            struct awaiter {
                operation& awaited;
                task_context& context;
                bool await_ready() noexcept { return false; }
                void await_suspend(std::coroutine_handle<> waiting) noexcept {
                    context.awaited = &awaited;
                    context.innermost = waiting;
                }
                void await_resume() {
                    if (context.failure) {
                        std::rethrow_exception(std::exchange(context.failure, nullptr));
                    }
                }
            };
            return awaiter{awaited, *context_};
        }
        /// Awaits another task. Returns what it returns, or throws what it throws.
        template <class U>
        auto await_transform(task<U>&& called) noexcept {
            struct awaiter {
                task<U> called;
                task_context& context;
                bool await_ready() noexcept { return false; }
                std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) noexcept {
                    return called.start(context, caller);
                }
                U await_resume() { return called.take(); }
            };
            return awaiter{std::move(called), *context_};
        }

    private:
        friend class task;
        task_context* context_ = nullptr;
        std::coroutine_handle<> caller_{};
        std::optional<T> value_{};
        std::exception_ptr failure_{};
    };

    task(task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, {})) {}
    task& operator=(task&&) = delete;
    task(const task&) = delete;
    task& operator=(const task&) = delete;
    ~task() {
        if (coroutine_) {
            coroutine_.destroy();
        }
    }

    /// Prepares the task to run in `context` and to resume `caller`, if it is not null, at its end.
    /// Returns the coroutine to resume now.
    std::coroutine_handle<> start(task_context& context, std::coroutine_handle<> caller) noexcept {
        coroutine_.promise().context_ = &context;
        coroutine_.promise().caller_ = caller;
        return coroutine_;
    }
    [[nodiscard]] bool is_done() const noexcept { return coroutine_.done(); }
    /// Returns the task's value, or throws what the task threw. Call it once, after the task is
    /// done.
    T take() {
        promise_type& promise = coroutine_.promise();
        if (promise.failure_) {
            std::rethrow_exception(std::exchange(promise.failure_, nullptr));
        }
        return *std::move(promise.value_);
    }

private:
    using handle = std::coroutine_handle<promise_type>;
    explicit task(handle coroutine) noexcept : coroutine_(coroutine) {}

    handle coroutine_;
};

/// Runs a task as an operation, so that any driver can run it.
template <class T>
class composite_operation final : public operation {
public:
    explicit composite_operation(task<T> work) noexcept : task_(std::move(work)) {
        context_.innermost = task_.start(context_, {});
    }

    /// Throws what the task throws.
    wait_for step() override {
        while (!task_.is_done()) {
            if (context_.awaited != nullptr) {
                const wait_for what = step_awaited();
                if (what != wait_for::done) {
                    return what;
                }
                context_.awaited = nullptr;
            }
            context_.innermost.resume();
        }
        if (!result_) {
            result_.emplace(task_.take());
        }
        return wait_for::done;
    }
    [[nodiscard]] int socket() const override { return context_.awaited->socket(); }

    /// Returns the task's value. Call it once, after `done`.
    [[nodiscard]] T take() { return *std::move(result_); }

private:
    wait_for step_awaited() noexcept {
        try {
            return context_.awaited->step();
        } catch (...) {
            context_.failure = std::current_exception();
            return wait_for::done;
        }
    }

    task_context context_{};
    task<T> task_;
    std::optional<T> result_{};
};

}  // namespace dsql::pg
