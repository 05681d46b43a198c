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
    void join() noexcept {
        if (thread_.joinable()) {
            process_ == getpid() ? thread_.join() : thread_.detach();
        }
    }

private:
    std::thread thread_;
    pid_t process_ = -1;
};

}  // namespace dsql::detail
