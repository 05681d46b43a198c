// SPDX-License-Identifier: Apache-2.0
#include "pool/maintenance.hpp"

#include <utility>

namespace dsql::detail {

maintenance::maintenance(std::function<std::chrono::milliseconds()> work)
    : work_(std::move(work)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void maintenance::wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_one();
}

void maintenance::stop() noexcept {
    thread_.request_stop();
    // The work itself may ask for the end; whoever owns this object waits for it then.
    if (thread_.joinable() && thread_.get_id() != std::this_thread::get_id()) {
        thread_.join();
    }
}

void maintenance::run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
        const std::chrono::milliseconds pause = work_();
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, pause, [this] { return woken_; });
        woken_ = false;
    }
}

}  // namespace dsql::detail
