// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/call_limits.hpp>

#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

namespace dsql::detail {

/// Says what a caller is waiting for, for the message of one who gives up: "credential_process of
/// profile \"dev\"". Called from any thread.
using activity_function = std::function<std::string()>;

/// Whether nothing can end a call with these limits early.
[[nodiscard]] bool is_unlimited(const call_limits& limits) noexcept;

/// Throws `cancelled_error` or `timeout_error` if one of the limits has struck.
void throw_if_struck(const call_limits& limits, const activity_function& activity);

/// The part of a `flight` that does not depend on what it brings.
class flight_base {
public:
    flight_base() = default;
    flight_base(const flight_base&) = delete;
    flight_base& operator=(const flight_base&) = delete;

    /// Asks the work to stop.
    [[nodiscard]] std::stop_token stop_token() const noexcept { return stop_.get_token(); }

    /// Counts the caller among those who wait, until its `wait` ends. Returns whether it comes too
    /// late: the work has been told to stop already, and may fail for no other reason.
    [[nodiscard]] bool join();

    /// Tells the work to stop, whoever waits for it.
    void stop() noexcept;

    /// Whether the work has ended.
    [[nodiscard]] bool has_ended() const;

protected:
    ~flight_base() = default;

    /// Waits for the end of the work. Throws when a limit strikes before; the last one who leaves
    /// like that has the work stopped.
    void await(std::unique_lock<std::mutex>& lock, const call_limits& limits,
               const activity_function& activity);
    /// To be called with the lock held.
    void end() noexcept;

    mutable std::mutex mutex_;

private:
    std::condition_variable_any changed_;
    bool ended_ = false;     // guarded by mutex_
    bool stopping_ = false;  // guarded by mutex_
    int waiting_ = 0;        // guarded by mutex_
    std::stop_source stop_;
};

/// One piece of work under way, and those who wait for what it brings. Each of them waits within
/// limits of its own, and one that gives up fails no other. When the last one has given up, the
/// work is told to stop. Safe from any thread; the work and those who wait share it.
template <class T>
class flight final : public flight_base {
public:
    /// How the work ended: with a value or with a failure.
    struct outcome {
        std::optional<T> value{};
        std::exception_ptr failure{};
    };

    /// Waits for the end; the caller has joined before. Throws `cancelled_error` or `timeout_error`
    /// when a limit strikes first, and nothing else.
    [[nodiscard]] outcome wait(const call_limits& limits, const activity_function& activity) {
        std::unique_lock lock(mutex_);
        await(lock, limits, activity);
        return outcome_;
    }

    /// The work has ended: for the one that does it.
    void succeed(T value) {
        const std::lock_guard lock(mutex_);
        outcome_.value = std::move(value);
        end();
    }
    /// @see succeed
    void fail(const std::exception_ptr& failure) noexcept {
        const std::lock_guard lock(mutex_);
        outcome_.failure = failure;
        end();
    }

private:
    outcome outcome_;  // guarded by mutex_
};

}  // namespace dsql::detail
