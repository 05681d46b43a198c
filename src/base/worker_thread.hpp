// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/openssl_thread.hpp"

#include <unistd.h>

#include <memory>
#include <thread>
#include <utility>

namespace dsql::detail {

/// Owns one thread at a time, which is joined before the next one starts and by the destructor. A
/// forked child does not have the thread, so nothing is joined there. Not thread-safe.
class worker_thread {
public:
    worker_thread() = default;
    worker_thread(const worker_thread&) = delete;
    worker_thread& operator=(const worker_thread&) = delete;
    ~worker_thread() { join(); }

    /// Runs `work`, which must not throw, on a new thread. Throws `std::system_error` when no
    /// thread can be started.
    template <class F>
    void start(F work) {
        join();
        thread_ = std::thread([run = std::move(work)]() mutable {
            run();
            openssl_thread::end();
        });
        process_ = getpid();
    }

    /// Waits until the thread has ended.
    void join() noexcept { join(take()); }

    /// Moves the thread out, so that it can be joined without the lock that guards this object.
    /// Empty when there is none.
    [[nodiscard]] std::thread take() noexcept {
        if (thread_.joinable() && process_ != getpid()) {
            std::construct_at(&thread_);  // the parent's, which cannot even be detached here
        }
        return std::move(thread_);
    }

    /// Joins a thread that was moved out. Detaches it instead when it is the calling thread, which
    /// has then called `exit`.
    static void join(std::thread taken) noexcept {
        if (taken.joinable()) {
            taken.get_id() == std::this_thread::get_id() ? taken.detach() : taken.join();
        }
    }

private:
    std::thread thread_;
    pid_t process_ = -1;
};

}  // namespace dsql::detail
