// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dsql/export.hpp>

#include "base/fork_guard.hpp"

#include <atomic>
#include <functional>
#include <thread>

namespace dsql::detail {

/// Whether `exit` has got to where OpenSSL is about to be taken down, or the shared library that
/// holds this code is being unloaded. Whatever was made before refuses to work then, as in a forked
/// child, and leaves its connections as they are.
[[nodiscard]] DSQL_EXPORT bool is_exiting() noexcept;

/// Sees to it that what `stopped_at_exit` promises holds, also where nothing has to be stopped: for
/// objects with connections. Throws `error` in a process that is exiting, and `std::bad_alloc`.
DSQL_EXPORT void watch_for_exit();

/// Throws `error` in a process that is exiting: for what would begin something new.
DSQL_EXPORT void require_running_process();

/// Takes care of a thread that nobody can join, because it has let go of its own owner: it is
/// joined before the process takes down OpenSSL.
DSQL_EXPORT void join_at_exit(std::thread last) noexcept;

/// Ends the threads of an object before OpenSSL goes.
///
/// OpenSSL frees what it needs in a handler of `atexit`. An object whose destructor runs after
/// that, because it was constructed, or its static holder was, before OpenSSL was initialised,
/// would have its threads run into that. So the first of these initialises OpenSSL and then
/// registers a handler of the library's own, which therefore runs before OpenSSL's and stops all
/// objects that are still there. An object with static storage that is constructed later is
/// destroyed earlier.
///
/// Safe from any thread.
class DSQL_EXPORT stopped_at_exit {
public:
    /// `stop` ends the threads and waits for them; it throws nothing and may be called while the
    /// object is in use. Throws `error` in a process that is exiting, and `std::bad_alloc`.
    explicit stopped_at_exit(std::function<void()> stop);
    /// Waits for a `stop` under way, unless it is what calls this. Owners have this as their last
    /// member.
    ~stopped_at_exit();
    stopped_at_exit(const stopped_at_exit&) = delete;
    stopped_at_exit& operator=(const stopped_at_exit&) = delete;

    /// Stops all of them. For the handler.
    static void stop_all() noexcept;

private:
    enum class phase { idle, stopping, stopped };

    const std::function<void()> stop_;
    const fork_guard made_in_;
    std::atomic<phase> phase_ = phase::idle;
    std::atomic<std::thread::id> stopper_{};
    bool* gone_ = nullptr;  // told when this is destroyed by its own stop
    // In the list of all.
    stopped_at_exit* previous_ = nullptr;
    stopped_at_exit* next_ = nullptr;
};

}  // namespace dsql::detail
