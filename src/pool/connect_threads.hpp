// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

namespace dsql::detail {

/// Runs each task on its own thread, so that the caller does not block. Starting a thread takes
/// some tens of microseconds, and connecting takes milliseconds. Thread-safe. The destructor closes
/// the object. The thread of a task that calls the destructor is joined at the end of the process.
class connect_threads {
public:
    connect_threads();
    connect_threads(const connect_threads&) = delete;
    connect_threads& operator=(const connect_threads&) = delete;
    ~connect_threads();

    /// Starts a task, which must not throw. Throws `std::system_error` if no thread can be started,
    /// `error` after a call of one of the functions below, and `std::bad_alloc`.
    void run(std::function<void()> work);

    /// Refuses new tasks from now on. Waits for all tasks that were started, except for one that
    /// calls it.
    void close() noexcept;

    /// Refuses new tasks from now on. Keeps an object alive until all tasks that were started have
    /// ended. For an owner of this object that cannot wait for them.
    void close_and_keep(std::shared_ptr<void> kept) noexcept;

private:
    struct state;

    // Shared with the threads, because the last of them may destroy the owner of this object.
    const std::shared_ptr<state> state_;
};

}  // namespace dsql::detail
