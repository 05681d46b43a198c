// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

namespace dsql::detail {

/// Threads for work that must not hold up who asks for it, one for each piece. Connecting takes
/// milliseconds, a thread some tens of microseconds. Safe from any thread. The destructor waits for
/// all work but the caller's own, whose thread is then joined at the end of the process.
class connect_threads {
public:
    connect_threads();
    connect_threads(const connect_threads&) = delete;
    connect_threads& operator=(const connect_threads&) = delete;
    ~connect_threads();

    /// Begins the work, which throws nothing. Throws `std::system_error` when there is no thread to
    /// be had, and `std::bad_alloc`.
    void run(std::function<void()> work);

    /// Waits for all work that was begun, but for the caller's own.
    void join() noexcept;

    /// Keeps an object alive until all work that was begun has ended: for an owner of this crew
    /// that cannot wait for it.
    void keep_while_working(std::shared_ptr<void> kept) noexcept;

private:
    struct state;

    // Shared with the threads: the last of them may be what lets go of this crew's owner.
    const std::shared_ptr<state> state_;
};

}  // namespace dsql::detail
