// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pg/io/frame_cache.hpp"
#include "pg/io/operation.hpp"

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace dsql::pg {

/// The state that the coroutines of one composite operation share.
struct task_context {
    operation* awaited = nullptr;         ///< null if the coroutine can continue
    std::coroutine_handle<> innermost{};  ///< the coroutine that waits
    std::exception_ptr failure{};         ///< thrown where the innermost coroutine waits
};

template <class T>
class task;

namespace task_detail {

/// The part of a task's promise that does not depend on the type of the task's value.
class promise_base {
public:
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
        struct back_to_caller {
            std::coroutine_handle<> caller;
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<>) noexcept {
                return caller ? caller : std::noop_coroutine();
            }
            void await_resume() noexcept {}
        };
        return back_to_caller{caller_};
    }
    void unhandled_exception() noexcept { failure_ = std::current_exception(); }

    /// Awaits an operation. The coroutine continues when the operation is done. Rethrows what the
    /// operation throws.
    auto await_transform(operation& awaited) noexcept {
        struct awaiter {
            operation& awaited;
            task_context& context;
            bool await_ready() noexcept { return context.failure != nullptr; }
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

    static void* operator new(std::size_t size) { return frame_cache::allocate(size, nullptr); }
    /// For a coroutine that is a member function of an object that satisfies `has_frames`, or whose
    /// first argument does.
    template <has_frames Owner, class... Rest>
    static void* operator new(std::size_t size, Owner& owner, Rest&...) {
        return frame_cache::allocate(size, owner.frames());
    }
    static void operator delete(void* frame) noexcept { frame_cache::deallocate(frame); }

    void start(task_context& context, std::coroutine_handle<> caller) noexcept {
        context_ = &context;
        caller_ = caller;
    }
    void rethrow_failure() {
        if (failure_) {
            std::rethrow_exception(std::exchange(failure_, nullptr));
        }
    }

private:
    task_context* context_ = nullptr;
    std::coroutine_handle<> caller_{};
    std::exception_ptr failure_{};
};

template <class T>
class promise : public promise_base {
public:
    task<T> get_return_object();
    void return_value(T value) { value_.emplace(std::move(value)); }
    [[nodiscard]] T take() { return *std::move(value_); }

private:
    std::optional<T> value_{};
};

template <>
class promise<void> : public promise_base {
public:
    task<void> get_return_object();
    void return_void() noexcept {}
    void take() noexcept {}
};

}  // namespace task_detail

/// A coroutine that runs several operations one after the other by awaiting each of them. It starts
/// when another task awaits it or a `composite_operation` runs it. It never blocks.
///
/// Objects that are passed to a task by reference must outlive it. For a task that is a member
/// function, that includes its own object. A task takes the memory of its frame from the object
/// whose member function it is, or from its first argument, if that satisfies `has_frames`. Such a
/// task allocates nothing while that object's `frame_cache` has a block that is large enough.
template <class T>
class [[nodiscard]] task {
public:
    using promise_type = task_detail::promise<T>;

    explicit task(promise_type& promise) noexcept : coroutine_(handle::from_promise(promise)) {}
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
        coroutine_.promise().start(context, caller);
        return coroutine_;
    }
    [[nodiscard]] bool is_done() const noexcept { return coroutine_.done(); }
    /// Throws what the task threw, if it threw. Call it once, after the task is done.
    void rethrow_failure() { coroutine_.promise().rethrow_failure(); }
    /// Returns the task's value, or throws what the task threw. Call it once, after the task is
    /// done.
    T take() {
        rethrow_failure();
        return coroutine_.promise().take();
    }

private:
    using handle = std::coroutine_handle<promise_type>;

    handle coroutine_;
};

namespace task_detail {

template <class T>
task<T> promise<T>::get_return_object() {
    return task<T>(*this);
}
inline task<void> promise<void>::get_return_object() {
    return task<void>(*this);
}

}  // namespace task_detail

/// Thrown in a task, at the operation that it awaits, when a deadline or a stop request ends the
/// wait. The call that the task belongs to turns it into an error that names the statement.
struct limit_reached {
    wait_result why;
};

/// The part of a `composite_operation` that does not depend on the type of its task's value.
class composite_operation_base : public operation {
public:
    /// Ends the wait of the task. In the next step, `limit_reached` is thrown where the task waits.
    void interrupt(wait_result why) {
        context_.failure = std::make_exception_ptr(limit_reached{why});
        context_.awaited = nullptr;
    }

    /// How often the task has gone on.
    [[nodiscard]] int times_resumed() const noexcept { return times_resumed_; }

    [[nodiscard]] int socket() const override { return context_.awaited->socket(); }
    [[nodiscard]] deadline step_by() const override { return context_.awaited->step_by(); }

protected:
    /// Steps the operation that the innermost coroutine awaits. Returns the event that the
    /// operation needs, or `done` if the coroutine must be resumed: the operation is done or has
    /// failed, or there is none.
    [[nodiscard]] wait_for step_awaited() noexcept {
        if (context_.awaited == nullptr) {
            return wait_for::done;
        }
        try {
            const wait_for what = context_.awaited->step();
            if (what != wait_for::done) {
                return what;
            }
        } catch (...) {
            context_.failure = std::current_exception();
        }
        context_.awaited = nullptr;
        return wait_for::done;
    }

    task_context context_{};
    int times_resumed_ = 0;
};

/// Runs a task as an operation, so that any driver can run it.
template <class T>
class composite_operation final : public composite_operation_base {
public:
    explicit composite_operation(task<T> work) noexcept : task_(std::move(work)) {
        context_.innermost = task_.start(context_, {});
    }

    /// Throws what the task throws.
    wait_for step() override {
        while (!task_.is_done()) {
            const wait_for what = step_awaited();
            if (what != wait_for::done) {
                return what;
            }
            ++times_resumed_;
            context_.innermost.resume();
        }
        task_.rethrow_failure();
        return wait_for::done;
    }

    /// Returns the task's value. Call it once, after `done`.
    T take() { return task_.take(); }

private:
    task<T> task_;
};

}  // namespace dsql::pg
