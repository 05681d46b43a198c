// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include "base/fork_guard.hpp"

#include <atomic>
#include <functional>
#include <thread>

namespace dsql::detail {

/// Whether `exit` has reached the point where OpenSSL shuts down, or the shared library that holds
/// this code is being unloaded. From then on, existing objects throw when they are used and leave
/// their connections open, as in a forked child.
[[nodiscard]] DSQL_EXPORT bool is_exiting() noexcept;

/// Registers the handler of `stopped_at_exit` without registering an object. For objects that have
/// connections but no threads. Throws `error` in a process that is exiting, and `std::bad_alloc`.
DSQL_EXPORT void watch_for_exit();

/// Throws `error` in a process that is exiting. Called before something new begins.
DSQL_EXPORT void require_running_process();

/// Takes over a thread that nobody else can join, because it has destroyed its own owner. It is
/// joined before OpenSSL shuts down.
DSQL_EXPORT void join_at_exit(std::thread last) noexcept;

/// Ends the threads of an object before OpenSSL shuts down.
///
/// OpenSSL frees its data in an `atexit` handler. An object that was constructed before OpenSSL was
/// initialized is destroyed after that handler, and its threads would use freed data. So the first
/// object of this class initializes OpenSSL and then registers a handler of the library's own.
/// Handlers run in reverse order: ours runs first and stops all objects that still exist. An object
/// with static storage that is constructed later is destroyed earlier, before both.
///
/// Safe from any thread.
class DSQL_EXPORT stopped_at_exit {
public:
    /// `stop` ends the threads and waits for them. It must not throw, and may be called while the
    /// object is in use. A forked child calls it too: it leaves alone what belongs to the parent,
    /// and ends the threads that the child has started. The constructor throws `error` in a process
    /// that is exiting, and `std::bad_alloc`.
    explicit stopped_at_exit(std::function<void()> stop);
    /// Waits for a running `stop`, unless that `stop` is the caller. Owners declare this object as
    /// their last member.
    ~stopped_at_exit();
    stopped_at_exit(const stopped_at_exit&) = delete;
    stopped_at_exit& operator=(const stopped_at_exit&) = delete;

    /// Stops all registered objects. Called by the handler.
    static void stop_all() noexcept;

private:
    enum class phase { idle, stopping, stopped };

    const std::function<void()> stop_;
    std::atomic<phase> phase_ = phase::idle;
    std::atomic<std::thread::id> stopper_{};
    bool* gone_ = nullptr;     // set to true when `stop` destroys this object
    fork_guard stopped_in_{};  // the process that is or was stopping it
    // Links of the list of all registered objects.
    stopped_at_exit* previous_ = nullptr;
    stopped_at_exit* next_ = nullptr;
};

}  // namespace dsql::detail
