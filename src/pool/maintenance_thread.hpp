// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <thread>

namespace dsql::detail {

/// A thread that runs its work at once, then again after the time that the work returned, and
/// whenever `wake` is called. The destructor stops it. `wake` and `request_stop` are thread-safe;
/// `stop` and `defer_join` must not run at the same time.
class maintenance_thread {
public:
    /// `work` returns how long to wait before its next run. When it throws, it runs again a second
    /// later. Throws `error` if the thread cannot be started.
    explicit maintenance_thread(std::function<std::chrono::milliseconds()> work);
    ~maintenance_thread();
    maintenance_thread(const maintenance_thread&) = delete;
    maintenance_thread& operator=(const maintenance_thread&) = delete;

    /// Makes the work run as soon as possible.
    void wake();

    /// Makes the thread end after the current run. Does not wait.
    void request_stop() noexcept;

    /// Ends the thread and waits for it. When the caller is that thread, only requests the end.
    void stop() noexcept;

    /// Ends the thread without waiting for it. The thread is joined when the process exits, and
    /// keeps the work alive until it ends. For an owner that may be destroyed while the thread
    /// waits for it.
    void defer_join() noexcept;

private:
    struct state;

    static void run(state& shared);
    static std::thread start(const std::shared_ptr<state>& shared);

    const std::shared_ptr<state> state_;  // shared with the thread
    std::thread thread_;
};

}  // namespace dsql::detail
