// SPDX-License-Identifier: Apache-2.0
#include "pool/maintenance_thread.hpp"

#include "base/process_exit.hpp"

#include <condition_variable>
#include <mutex>
#include <utility>

namespace dsql::detail {

namespace {

constexpr std::chrono::milliseconds pause_after_failure{1'000};

std::chrono::milliseconds done(const std::function<std::chrono::milliseconds()>& work) noexcept {
    try {
        return work();
    } catch (...) {
        return pause_after_failure;  // there is nobody to tell on this thread
    }
}

}  // namespace

struct maintenance::state {
    explicit state(std::function<std::chrono::milliseconds()> to_do) : work(std::move(to_do)) {}

    const std::function<std::chrono::milliseconds()> work;
    std::mutex mutex{};
    std::condition_variable changed{};
    bool woken = false;     // guarded by mutex
    bool stopping = false;  // guarded by mutex
};

maintenance::maintenance(std::function<std::chrono::milliseconds()> work)
    : state_(std::make_shared<state>(std::move(work))),
      thread_([shared = state_] { run(*shared); }) {}

maintenance::~maintenance() {
    stop();
    if (thread_.joinable()) {
        let_go();
    }
}

void maintenance::wake() {
    const std::lock_guard lock(state_->mutex);
    state_->woken = true;
    state_->changed.notify_one();
}

void maintenance::request_stop() noexcept {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
    state_->changed.notify_one();
}

void maintenance::stop() noexcept {
    request_stop();
    // The work itself may ask for the end; whoever owns this object waits for it then.
    if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) {
        thread_.join();
    }
}

void maintenance::let_go() noexcept {
    request_stop();
    if (thread_.joinable()) {
        join_at_exit(std::move(thread_));
    }
}

void maintenance::run(state& shared) {
    while (true) {
        const std::chrono::milliseconds pause = done(shared.work);
        std::unique_lock lock(shared.mutex);
        shared.changed.wait_for(lock, pause, [&] { return shared.woken || shared.stopping; });
        shared.woken = false;
        if (shared.stopping) {
            return;
        }
    }
}

}  // namespace dsql::detail
