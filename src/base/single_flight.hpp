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

/// Returns what a caller is waiting for, such as "credential_process of profile \"dev\"", for the
/// message of a caller that gives up. Called from any thread.
using activity_function = std::function<std::string()>;

/// Whether these limits can never end a call early.
[[nodiscard]] bool is_unlimited(const call_limits& limits) noexcept;

/// Throws `cancelled_error` or `timeout_error` if a limit has been reached.
void throw_if_struck(const call_limits& limits, const activity_function& activity);

/// The part of a `flight` that does not depend on the type of its result.
class flight_base {
public:
    flight_base() = default;
    flight_base(const flight_base&) = delete;
    flight_base& operator=(const flight_base&) = delete;

    /// Asks the work to stop.
    [[nodiscard]] std::stop_token stop_token() const noexcept { return stop_.get_token(); }

    /// Adds the caller to the waiting ones, until its `wait` ends. Returns true when it is too
    /// late: the work has already been asked to stop, and may fail for no other reason.
    [[nodiscard]] bool join();

    /// Asks the work to stop, although callers may be waiting for it.
    void stop() noexcept;

    /// Whether the work has ended.
    [[nodiscard]] bool has_ended() const;

protected:
    ~flight_base() = default;

    /// Waits for the end of the work. Throws when a limit is reached first. The last caller that
    /// leaves in this way stops the work.
    void await(std::unique_lock<std::mutex>& lock, const call_limits& limits,
               const activity_function& activity);
    /// Precondition: the lock is held.
    void end() noexcept;

    mutable std::mutex mutex_;

private:
    std::condition_variable_any changed_;
    bool ended_ = false;     // guarded by mutex_
    bool stopping_ = false;  // guarded by mutex_
    int waiting_ = 0;        // guarded by mutex_
    std::stop_source stop_;
};

/// Work in progress and the callers that wait for its result. Each caller has its own limits, and
/// one that gives up does not affect the others. When the last one has given up, the work is asked
/// to stop. Thread-safe. The work and the waiting callers own the object together.
template <class T>
class flight final : public flight_base {
public:
    /// How the work ended: with a value or with an exception.
    struct outcome {
        std::optional<T> value{};
        std::exception_ptr failure{};
    };

    /// Waits for the end. Precondition: the caller has joined. Throws `cancelled_error` or
    /// `timeout_error` when a limit is reached first, and nothing else.
    [[nodiscard]] outcome wait(const call_limits& limits, const activity_function& activity) {
        std::unique_lock lock(mutex_);
        await(lock, limits, activity);
        return outcome_;
    }

    /// Called by the work when it has ended.
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
