// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <thread>
#include <utility>

namespace dsql::detail {

/// One thread at a time, which is waited for before the next one starts and when the object goes.
/// In a child of the process that started it there is no such thread, and nothing to wait for.
/// For use by one thread at a time.
class worker_thread {
public:
    worker_thread() = default;
    worker_thread(const worker_thread&) = delete;
    worker_thread& operator=(const worker_thread&) = delete;
    ~worker_thread() { join(); }

    /// Runs `work`, which throws nothing. Throws `std::system_error` when no thread is to be had.
    template <class F>
    void start(F work) {
        join();
        thread_ = std::thread(std::move(work));
        process_ = getpid();
    }

    /// Waits for the end of the thread.
    void join() noexcept { join(take()); }

    /// Hands the thread out, to be joined without the lock that guards this object. Empty where
    /// there is none.
    [[nodiscard]] std::thread take() noexcept {
        if (thread_.joinable() && process_ != getpid()) {
            thread_.detach();  // the parent's
        }
        return std::move(thread_);
    }

    /// Waits for the end of a thread that was handed out; not where it is this one, which has
    /// called exit.
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
