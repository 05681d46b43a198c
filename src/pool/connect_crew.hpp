// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace dsql::detail {

/// Threads for work that must not hold up who asks for it, one for each piece. Connecting takes
/// milliseconds, a thread some tens of microseconds. Safe from any thread.
class connect_crew {
public:
    connect_crew() = default;
    connect_crew(const connect_crew&) = delete;
    connect_crew& operator=(const connect_crew&) = delete;
    ~connect_crew() { join(); }

    /// Begins the work, which throws nothing. Throws `std::system_error` when there is no thread to
    /// be had.
    void run(std::function<void()> work);

    /// Waits for all work that was begun, but for the caller's own.
    void join() noexcept;

private:
    struct worker {
        std::atomic<bool> done = false;
        std::thread thread{};
    };

    std::mutex mutex_;
    std::list<worker> workers_;  // guarded by mutex_
};

}  // namespace dsql::detail
