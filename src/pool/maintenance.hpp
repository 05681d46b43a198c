// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace dsql::detail {

/// A thread that does a piece of work once at its start, then when the time has passed that the
/// work asks for and whenever it is woken. Stops with the object. `wake` is safe from any thread;
/// `stop` from one at a time.
class maintenance {
public:
    /// `work` returns how long to wait before it is done again. What it throws ends the program, so
    /// it throws nothing.
    explicit maintenance(std::function<std::chrono::milliseconds()> work);

    /// Does the work soon.
    void wake();

    /// Ends the thread and waits for it.
    void stop() noexcept;

private:
    void run(const std::stop_token& stop);

    const std::function<std::chrono::milliseconds()> work_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool woken_ = false;   // guarded by mutex_
    std::jthread thread_;  // last: it uses the others
};

}  // namespace dsql::detail
